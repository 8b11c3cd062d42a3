import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../harness/folder.js';
import { freePorts } from '../harness/ports.js';
import { RawClient } from '../harness/raw-client.js';
import { ServerProcess } from '../harness/server-process.js';

test('SIGHUP does not end the server, as it does not end redis-server', async () => {
  using folder = temporaryFolder();
  const [port = 0] = await freePorts(1);
  await using server = new ServerProcess(['--port', String(port), '--dir', folder.path]);
  await server.ready();
  process.kill(server.pid, 'SIGHUP');
  const client = await RawClient.connect(port);
  expect((await client.ask(['SET', 'k', 'v'])).toString()).toBe('+OK\r\n');
  client.close();
  server.signal('SIGTERM');
  expect(await server.ended()).toBe(0);
  expect(existsSync(folder.file('dump.rdb'))).toBe(true);
});
