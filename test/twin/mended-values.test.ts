import { expect, it } from 'vitest';
import { RdbType } from '../../src/server/persistence/rdb/types.js';
import { Server } from '../../src/server/server.js';
import { groupOf, intset, listpack, payload, stream, streamNode, text } from '../harness/payloads.js';
import { RawClient } from '../harness/raw-client.js';
import { describeTwin, type Step, twinSuite } from '../harness/twin.js';

const DOUBLED = ['a', 1, 'b', 2, 'a', 3];
const hash = payload(RdbType.hashListpack, text(listpack(DOUBLED)));
const node = streamNode([
  [0, 'x'],
  [1, 'y'],
]);

interface Mistake {
  readonly payload: Buffer;
  readonly ask: readonly string[];
  /** Redis takes it even then. */
  readonly passesSanitizing?: boolean;
}

/** Payloads with mistakes that Redis takes as they come, and questions to which it knows the answer all the same. */
const TAKEN: Readonly<Record<string, Mistake>> = {
  'a hash with a field twice': { payload: hash, ask: ['HGET k a', 'HGET k b', 'HEXISTS k c', 'TYPE k'] },
  'a hash that says it has more fields': {
    payload: payload(RdbType.hashListpack, text(listpack(['a', 1, 'b', 2], 8))),
    ask: ['HGET k a', 'HGET k b'],
  },
  'a sorted set with a member twice': {
    payload: payload(RdbType.zsetListpack, text(listpack(DOUBLED))),
    ask: ['ZSCORE k a', 'ZSCORE k b', 'ZADD k NX 4 a', 'ZREM k c'],
  },
  'integers of which one is doubled': {
    payload: payload(RdbType.setIntset, text(intset([1, 3, 3]))),
    ask: ['SISMEMBER k 3', 'SISMEMBER k 1', 'SADD k 3', 'SADD k 2'],
  },
  'a stream that says it is longer': {
    payload: payload(RdbType.stream2, stream(node, { length: 5 })),
    ask: ['XRANGE k - +', 'XREVRANGE k + -', 'XADD k 12-0 f z', 'XREAD STREAMS k 0'],
    passesSanitizing: true,
  },
  'a stream whose node counts wrongly': {
    payload: payload(
      RdbType.stream2,
      stream(
        streamNode(
          [
            [0, 'x'],
            [1, 'y'],
          ],
          5,
        ),
      ),
    ),
    ask: ['XLEN k', 'XRANGE k - +', 'XREVRANGE k + -', 'XADD k 12-0 f z', 'XLEN k'],
  },
  'a stream with an entry that was delivered to nobody': {
    payload: payload(RdbType.stream2, stream(node, { groups: groupOf(false) })),
    ask: ['XLEN k', 'XINFO CONSUMERS k nobody', 'XREADGROUP GROUP g c STREAMS k >'],
  },
};

/** Refused with and without sanitizing. */
const REFUSED: Readonly<Record<string, Buffer>> = {
  'a hash that says it has no fields': payload(RdbType.hashListpack, text(listpack(['a', 1], 0))),
  'a list that says it has no elements': payload(RdbType.listQuicklist2, 1, 2, text(listpack(['a'], 0))),
  'a plain set with a member twice': payload(RdbType.set, 2, text(Buffer.from('a')), text(Buffer.from('a'))),
  'a stream of a length without nodes': payload(RdbType.stream2, Buffer.from([0, 2, 11, 0, 10, 0, 0, 0, 2, 0])),
};

const sanitize = (extent: string) => `CONFIG SET sanitize-dump-payload ${extent}`;
const steps = ([what, { payload, ask, passesSanitizing }]: [string, Mistake]): [string, Step[]] => {
  const restore = ['RESTORE', 'k', '0', payload];
  const refusals = passesSanitizing ? [] : ['yes', 'clients'].flatMap((extent) => [sanitize(extent), restore]);
  return [what, [...refusals, sanitize('no'), restore, ...ask]];
};
// What is propagated is the payload there, and the value as it was put right here.
const skip = ['dataset', 'effects'] as const;

twinSuite('payloads with mistakes', Object.fromEntries(Object.entries(TAKEN).map(steps)), { skip });
twinSuite(
  'payloads that nobody takes',
  Object.fromEntries(
    Object.entries(REFUSED).map(([what, bytes]) => [
      what,
      ['yes', 'no'].flatMap((extent) => [sanitize(extent), ['RESTORE', 'k', '0', bytes]]),
    ]),
  ),
);

describeTwin('a file with a mistake', {}, (twin) => {
  it('that a real server has saved is loaded, and its payload moves on sound', async () => {
    await twin().reset();
    const { real } = twin();
    const client = await RawClient.connect(real.port);
    await client.ask(['RESTORE', 'k', '0', hash]);
    await client.ask(['SAVE']);
    const lines: string[] = [];
    const ours = await Server.start({
      directives: { dir: real.folder, save: '' },
      log: (_level, line) => void lines.push(line),
    });
    try {
      const session = ours.session({ protocol: 2 });
      expect(String(session.run('HGETALL', 'k'))).toBe('a,1,b,2');
      expect(lines.join('\n')).toContain("The value of 'k' was not sound and has been put right: Hash listpack");

      await client.ask(['CONFIG', 'SET', 'sanitize-dump-payload', 'yes']);
      const sound = await client.ask(['RESTORE', 'sound', '0', session.run('DUMP', 'k') as Buffer]);
      expect(sound.toString()).toBe('+OK\r\n');
    } finally {
      await client.ask(['CONFIG', 'SET', 'sanitize-dump-payload', 'no']);
      client.close();
      await ours.close();
    }
  });
});
