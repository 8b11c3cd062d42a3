import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Server } from '../../../../src/server/server.js';
import { listenToEffects, requestsIn } from '../../../harness/effects.js';
import { temporaryFolder } from '../../../harness/folder.js';
import { RawClient, type Words } from '../../../harness/raw-client.js';
import { until } from '../../../harness/until.js';

let folder: ReturnType<typeof temporaryFolder>;
let server: Server;
let clients: RawClient[];
/** Each effect's bytes, copied while its command runs. */
let effects: Buffer[];

beforeEach(async () => {
  folder = temporaryFolder();
  server = await Server.start({
    directives: {
      dir: folder.path,
      appendonly: 'yes',
      appendfsync: 'no',
      'repl-backlog-size': '64mb',
      'repl-ping-replica-period': '100000',
    },
  });
  effects = [];
  listenToEffects(server, (bytes) => effects.push(bytes));
  const { port = 0 } = await server.listen({ port: 0 });
  clients = await Promise.all([RawClient.connect(port), RawClient.connect(port), RawClient.connect(port)]);
});

afterEach(async () => {
  for (const client of clients) client.close();
  await server.close();
  folder[Symbol.dispose]();
});

const key = fc.constantFrom('a', 'b', 'c');
const value = fc.string({ maxLength: 400, size: 'max' });
/** As it came, in other words, as several, and of no effect. */
const command: fc.Arbitrary<Words> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(key, value).map(([name, text]) => ['SET', name, text]) },
  { weight: 2, arbitrary: key.map((name) => ['APPEND', name, '1']) },
  { weight: 1, arbitrary: key.map((name) => ['SETEX', name, '100', 'v']) },
  { weight: 1, arbitrary: key.map((name) => ['SET', name, 'v', 'PXAT', '1']) },
  { weight: 1, arbitrary: key.map((name) => ['GET', name]) },
  { weight: 1, arbitrary: key.map((name) => ['DEL', name]) },
  { weight: 1, arbitrary: fc.constant<Words>(['EVAL', "return redis.call('INCR', 'n')", '0']) },
);
const pipeline = fc.array(command, { minLength: 1, maxLength: 100, size: 'max' });

const SELECT = Buffer.from('*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n');

describe('requests that are copied together', () => {
  it('are in the append-only file and in the backlog as they were, in their order', async () => {
    const [replica] = clients;
    replica!.send(['PSYNC', '?', '-1']);
    await until(() => server.replication.backlog !== undefined, 'the stream begins');
    await fc.assert(
      fc.asyncProperty(pipeline, pipeline, async (one, other) => {
        const asked = [one, other];
        for (const [i, commands] of asked.entries()) clients[i + 1]!.send(...commands);
        for (const [i, commands] of asked.entries()) await clients[i + 1]!.take(commands.length);
      }),
      { numRuns: 50 },
    );
    const all = Buffer.concat([SELECT, ...effects]);
    const file = readFileSync(folder.file('appendonlydir/appendonly.aof.1.incr.aof'));
    expect(file.equals(all)).toBe(true);
    server.replication.flush();
    expect(streamed().equals(all)).toBe(true);
  });

  it('leave together what a script does while others are heard', async () => {
    const [one, other] = clients;
    await one!.ask(['CONFIG', 'SET', 'busy-reply-threshold', '1']);
    const script = "redis.call('SET', 'a', '1') for i = 1, 3000000 do end redis.call('SET', 'b', '1')";
    one!.send(['EVAL', script, '0']);
    other!.send(...Array.from({ length: 40 }, () => ['GET', 'a']));
    await one!.take(1);
    await other!.take(40);
    const words = requestsIn(Buffer.concat(effects)).map((request) => request.join(' '));
    expect(words).toEqual(['MULTI', 'SET a 1', 'SET b 1', 'EXEC']);
  });
});

function streamed(): Buffer {
  const backlog = server.replication.backlog!;
  const pieces: Buffer[] = [];
  let place = backlog.firstOffset;
  for (let piece = backlog.at(place); piece !== undefined; piece = backlog.at(place)) {
    pieces.push(piece);
    place += piece.length;
  }
  return Buffer.concat(pieces);
}
