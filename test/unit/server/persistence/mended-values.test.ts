import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LocalSession } from '../../../../src/server/local-session.js';
import { finish } from '../../../../src/server/persistence/loading.js';
import { loadRdb } from '../../../../src/server/persistence/rdb/load.js';
import { RdbInput, type RdbSource } from '../../../../src/server/persistence/rdb/rdb-input.js';
import { RdbType } from '../../../../src/server/persistence/rdb/types.js';
import { Server } from '../../../../src/server/server.js';
import { listenToEffects, requestsIn } from '../../../harness/effects.js';
import { temporaryFolder } from '../../../harness/folder.js';
import { groupOf, intset, listpack, payload, stream, streamNode, text } from '../../../harness/payloads.js';

interface Mistake {
  readonly payload: Buffer;
  /** What tells the value, and its answer. */
  readonly ask: string;
  readonly answer: unknown;
  /** What the log says. */
  readonly said: string;
}

const DOUBLED = ['a', 1, 'b', 2, 'a', 3];
const ENTRIES = [
  [0, 'x'],
  [1, 'y'],
] as const;
const BOTH = [
  ['10-0', ['f', 'x']],
  ['11-0', ['f', 'y']],
];

/** Payloads that Redis takes, unless it is told to sanitize them. */
const MENDED: Readonly<Record<string, Mistake>> = {
  'a hash with a field twice': {
    payload: payload(RdbType.hashListpack, text(listpack(DOUBLED))),
    ask: 'HGETALL k',
    answer: ['a', '1', 'b', '2'],
    said: 'Hash listpack with dup elements',
  },
  'a hash that says it has more fields': {
    payload: payload(RdbType.hashListpack, text(listpack(['a', 1, 'b', 2], 8))),
    ask: 'HGETALL k',
    answer: ['a', '1', 'b', '2'],
    said: 'Hash listpack with a wrong number of elements',
  },
  'a sorted set with a member twice': {
    payload: payload(RdbType.zsetListpack, text(listpack(DOUBLED))),
    ask: 'ZRANGE k 0 -1 WITHSCORES',
    answer: ['a', '1', 'b', '2'],
    said: 'Zset listpack with dup elements',
  },
  'a list that says it has fewer elements': {
    payload: payload(RdbType.listQuicklist2, 1, 2, text(listpack(['a', 1, 'b', 2], 2))),
    ask: 'LRANGE k 0 -1',
    answer: ['a', '1', 'b', '2'],
    said: 'a wrong number of elements',
  },
  'a set of 7.2 with a member twice': {
    payload: payload(RdbType.setListpack, text(listpack(['a', 'b', 'a']))),
    ask: 'SMEMBERS k',
    answer: ['a', 'b'],
    said: 'Set listpack with dup elements',
  },
  'integers out of order and doubled': {
    payload: payload(RdbType.setIntset, text(intset([3, 1, 3, 2]))),
    ask: 'SMEMBERS k',
    answer: ['1', '2', '3'],
    said: 'Intset with integers out of order or doubled',
  },
  'a stream that says it is longer': {
    payload: payload(RdbType.stream2, stream(streamNode(ENTRIES), { length: 5 })),
    ask: 'XRANGE k - +',
    answer: BOTH,
    said: 'Stream length inconsistent with rax entries',
  },
  'a stream whose node counts wrongly': {
    payload: payload(RdbType.stream2, stream(streamNode(ENTRIES, 5))),
    ask: 'XRANGE k - +',
    answer: BOTH,
    said: 'a wrong number of entries in a node',
  },
  'a stream with an entry behind its last one': {
    payload: payload(RdbType.stream2, stream(streamNode(ENTRIES), { last: 10 })),
    ask: 'XADD k 11-1 f z',
    answer: '11-1',
    said: 'entries behind the last one',
  },
  'a stream with an entry that was delivered to nobody': {
    payload: payload(RdbType.stream2, stream(streamNode(ENTRIES), { groups: groupOf(false) })),
    ask: 'XPENDING k g - + 10',
    answer: [],
    said: 'Stream CG PEL entry without consumer',
  },
};

/** What no reader can make sense of, or Redis refuses too. */
const REFUSED: Readonly<Record<string, Buffer>> = {
  'a hash with a field without value': payload(RdbType.hashListpack, text(listpack(['a', 1, 'b']))),
  'a hash whose last value is cut off': payload(
    RdbType.hashListpack,
    text(listpack(['a', 1, 'b', Buffer.from([0x85, 0x61, 0x62])])),
  ),
  'a hash that says it has no fields': payload(RdbType.hashListpack, text(listpack(['a', 1], 0))),
  'a sorted set with a score that is no number': payload(RdbType.zsetListpack, text(listpack(['a', 'x']))),
  'a list with a wrong size behind an element': payload(
    RdbType.listQuicklist2,
    1,
    2,
    text(listpack(['a', Buffer.from([0x81, 0x62, 9])])),
  ),
  'a plain set with a member twice': payload(RdbType.set, 2, text(Buffer.from('a')), text(Buffer.from('a'))),
  'a stream with entries out of order': payload(
    RdbType.stream2,
    stream(
      streamNode([
        [1, 'x'],
        [0, 'y'],
      ]),
    ),
  ),
};

/** As text, however deep. */
function told(reply: unknown): unknown {
  if (Array.isArray(reply)) return reply.map(told);
  return Buffer.isBuffer(reply) ? reply.toString('latin1') : reply;
}

/** Of a list: nodes of one element each, which say that they have five. */
const NODES = 50;
const WRONG_NODES = Buffer.concat(
  Array.from({ length: NODES }, () => Buffer.concat([Buffer.from([2]), text(listpack(['a'], 5))])),
);

const cases = Object.entries(MENDED);
let server: Server;
let session: LocalSession;
let lines: string[] = [];
beforeAll(async () => {
  server = await Server.start({ log: (level, line) => void lines.push(`${level}: ${line}`) });
  session = server.session({ protocol: 2 });
});
beforeEach(() => {
  session.run('FLUSHALL');
  session.run('CONFIG', 'SET', 'sanitize-dump-payload', 'no');
  lines = [];
});
afterAll(() => server.close());

describe('what Redis takes as it comes', () => {
  it.each(cases)('%s is put right, and the log says so', (_what, { payload, ask, answer, said }) => {
    expect(session.run('RESTORE', 'k', '0', payload)).toBe('OK');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('warning: A payload was not sound and has been put right: ');
    expect(lines[0]).toContain(said);
    const dump = session.run('DUMP', 'k') as Buffer;
    expect(told(session.run(...ask.split(' ')))).toEqual(answer);

    session.run('CONFIG', 'SET', 'sanitize-dump-payload', 'yes');
    expect(session.run('RESTORE', 'copy', '0', dump)).toBe('OK');
  });

  it('a mistake of each of many nodes is told once', () => {
    expect(session.run('RESTORE', 'k', '0', payload(RdbType.listQuicklist2, NODES, WRONG_NODES))).toBe('OK');
    expect(session.run('LLEN', 'k')).toBe(NODES);
    expect(lines).toEqual([expect.stringContaining('put right: a wrong number of elements')]);
  });

  it.each(cases)('%s is refused where payloads are sanitized', (_what, { payload }) => {
    for (const extent of ['yes', 'clients']) {
      session.run('CONFIG', 'SET', 'sanitize-dump-payload', extent);
      expect(String(session.run('RESTORE', 'k', '0', payload))).toContain('ERR Bad data format');
    }
    expect(session.run('EXISTS', 'k')).toBe(0);
  });

  it.each(Object.entries(REFUSED))('but %s is always refused', (_what, payload) => {
    expect(String(session.run('RESTORE', 'k', '0', payload))).toContain('ERR Bad data format');
    expect(session.run('EXISTS', 'k')).toBe(0);
  });
});

it('reads a group whose consumer has what was delivered', () => {
  const sound = payload(RdbType.stream2, stream(streamNode(ENTRIES), { groups: groupOf(true) }));
  session.run('CONFIG', 'SET', 'sanitize-dump-payload', 'yes');
  expect(session.run('RESTORE', 'k', '0', sound)).toBe('OK');
  expect(told(session.run('XPENDING', 'k', 'g'))).toEqual([1, '10-0', '10-0', [['c', '1']]]);
});

describe('a value that was put right', () => {
  const { payload } = MENDED['a hash with a field twice']!;

  it('goes to replicas and into the append-only file as it is then, its time being one', () => {
    const effects: string[][] = [];
    listenToEffects(server, (bytes) => effects.push(...requestsIn(bytes)));
    session.run('RESTORE', 'k', '60000', payload, 'REPLACE', 'IDLETIME', '5');
    const at = String(session.run('PEXPIRETIME', 'k'));
    const dump = session.run('DUMP', 'k') as Buffer;
    const words = ['RESTORE', 'k', at, dump.toString('latin1'), 'REPLACE', 'IDLETIME', '5', 'ABSTTL'];
    expect(effects).toEqual([words]);
  });

  it('is taken of a user whose payloads need not be sanitized', () => {
    session.run('CONFIG', 'SET', 'sanitize-dump-payload', 'clients');
    session.run('ACL', 'SETUSER', 'mover', 'on', 'nopass', '+@all', '~*', 'skip-sanitize-payload');
    const mover = server.session();
    mover.run('AUTH', 'mover', '');
    expect(mover.run('RESTORE', 'k', '0', payload)).toBe('OK');
    mover.close();
  });
});

describe('a file with such a value', () => {
  /** Of one key, "k", with a checksum that says nothing. */
  const file = ({ payload }: Pick<Mistake, 'payload'>) =>
    Buffer.concat([
      Buffer.from('REDIS0010'),
      payload.subarray(0, 1),
      Buffer.from([1, 0x6b]),
      payload.subarray(1, -10),
      Buffer.from([0xff]),
      Buffer.alloc(8),
    ]);
  const startWith = (dir: string, extent: string) =>
    Server.start({
      directives: { dir, save: '', 'sanitize-dump-payload': extent },
      log: (_level, line) => void lines.push(line),
    });

  it.each(cases)('is loaded: %s', async (_what, mistake) => {
    using folder = temporaryFolder();
    writeFileSync(folder.file('dump.rdb'), file(mistake));
    const loaded = await startWith(folder.path, 'clients');
    expect(told(loaded.session({ protocol: 2 }).run(...mistake.ask.split(' ')))).toEqual(mistake.answer);
    expect(lines.join('\n')).toContain(`The value of 'k' was not sound and has been put right: `);
    expect(lines).toContain('Values that were not sound and have been put right: 1');
    await loaded.close();
  });

  it('is told of once, however its bytes come', () => {
    const bytes = file({ payload: payload(RdbType.listQuicklist2, NODES, WRONG_NODES) });
    let at = 0;
    let isDue = false;
    // Each byte once the reader has been told that there is none yet.
    const source: RdbSource = {
      get remaining() {
        return bytes.length - at;
      },
      read(target, to) {
        isDue = !isDue;
        if (isDue) return -1;
        target[to] = bytes[at++]!;
        return 1;
      },
    };
    const result = finish(loadRdb(new RdbInput(Buffer.alloc(64), 0, source), server));
    expect(result).toMatchObject({ keys: 1, mended: 1 });
    expect(lines).toEqual([expect.stringContaining("The value of 'k' was not sound and has been put right: ")]);
  });

  it('keeps the server from starting where files are sanitized too', async () => {
    using folder = temporaryFolder();
    writeFileSync(folder.file('dump.rdb'), file(MENDED['a hash with a field twice']!));
    await expect(startWith(folder.path, 'yes')).rejects.toThrow('Hash listpack with dup elements');
  });
});
