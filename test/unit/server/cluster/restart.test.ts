import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { NodesFileError } from '../../../../src/server/cluster/nodes-file.js';
import { Server } from '../../../../src/server/server.js';
import { temporaryFolder } from '../../../harness/folder.js';

const started: Server[] = [];

async function start(own: Record<string, string>): Promise<Server> {
  const server = await Server.start({ directives: own });
  started.push(server);
  return server;
}

/** Also where a test has failed: nothing may write to its folder any more. */
afterEach(async () => {
  for (const server of started.splice(0)) await server.close();
});

const directives = (dir: string) => ({ dir, 'cluster-enabled': 'yes', save: '', appendonly: 'yes' });

it('a node that comes back is who it was, and has the slots and keys it had', async () => {
  using folder = temporaryFolder();
  const first = await start(directives(folder.path));
  const session = first.session({ protocol: 2 });
  session.run('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  session.run('CLUSTER', 'BUMPEPOCH');
  first.cluster!.health.begin();
  expect(session.run('SET', 'foo', 'bar')).toBe('OK');
  expect(session.run('CLUSTER', 'SAVECONFIG')).toBe('OK');
  const id = String(session.run('CLUSTER', 'MYID'));
  await first.close();
  expect(readFileSync(folder.file('nodes.conf'), 'utf8')).toMatch(
    /^[\da-f]{40} :\d+@\d+ myself,master - 0 0 1 connected 0-16383\nvars currentEpoch 1 lastVoteEpoch 0\n$/,
  );

  const second = await start(directives(folder.path));
  const again = second.session({ protocol: 2 });
  expect(String(again.run('CLUSTER', 'MYID'))).toBe(id);
  expect(String(again.run('CLUSTER', 'COUNTKEYSINSLOT', '12182'))).toBe('1');
  // Others may have taken its slots: it waits before it serves them.
  expect(String(again.run('GET', 'foo'))).toMatch('CLUSTERDOWN');
  second.cluster!.health.begin();
  expect(String(again.run('GET', 'foo'))).toBe('bar');
});

it('keys of slots that nobody has are the node’s own, with their slots', async () => {
  using folder = temporaryFolder();
  const alone = await start({ dir: folder.path, save: '', appendonly: 'yes' });
  alone.session().run('SET', 'foo', 'bar');
  await alone.close();
  const node = await start(directives(folder.path));
  expect(node.cluster!.table.owners[12_182]).toBe(node.cluster!.myself);
  expect(node.cluster!.myself.slots.size).toBe(1);
});

it('keys of another database end it', { timeout: 20_000 }, async () => {
  using folder = temporaryFolder();
  const alone = await start({ dir: folder.path, save: '', appendonly: 'yes' });
  const session = alone.session();
  session.run('SELECT', '1');
  session.run('SET', 'foo', 'bar');
  await alone.close();
  const node = await start(directives(folder.path));
  await node.ended;
  expect(node.failure).toMatch('DB different than DB 0');
});

it('a nodes file that is none keeps it from starting', async () => {
  using folder = temporaryFolder();
  writeFileSync(folder.file('nodes.conf'), 'something else\n');
  const node = new Server({ directives: directives(folder.path) });
  await expect(node.start()).rejects.toThrow(NodesFileError);
  await node.close();
  expect(readFileSync(folder.file('nodes.conf'), 'utf8')).toBe('something else\n');
});
