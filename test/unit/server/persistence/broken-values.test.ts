import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { LocalSession } from '../../../../src/server/local-session.js';
import { Server } from '../../../../src/server/server.js';

/** Payloads that RESTORE refuses, and what the log says of them: the words that operators of Redis look for. */
const BROKEN: readonly (readonly [string, payload: string, reason: string])[] = [
  [
    'a ziplist in a hash',
    '0d1b1b00000016000000040000026100040262000414630004026400ff0900d910549215f55f52',
    'Hash ziplist',
  ],
  ['a ziplist in a list', '0e0113130000000e0000000200000261000e026200ff0900497130b20da1edaa', 'Ziplist'],
  [
    'a hash in a ziplist with a field twice',
    '0d1b1b00000016000000040000026100040262000402610004026400ff0900a1983678cc8e932e',
    'dup elements',
  ],
  ['a zipmap without fields', '090200ff0a000000000000000000', 'Zipmap integrity check failed'],
  [
    'a consumer that is there twice',
    '0f0000000001076d7967726f757000000002046e616d652a4caa9a7d01000000046e616d652b4caa9a7d010000000a00cced8ca762eec7c8',
    'Duplicate stream consumer detected',
  ],
];

let server: Server;
let session: LocalSession;
let lines: string[] = [];
beforeAll(async () => {
  const log = (level: string, line: string) => void lines.push(`${level}: ${line}`);
  server = await Server.start({ log, settings: { enableDebug: 'yes' } });
  session = server.session();
  session.run('DEBUG', 'SET-SKIP-CHECKSUM-VALIDATION', '1');
});
beforeEach(() => {
  lines = [];
});
afterAll(() => server.close());

it.each(BROKEN)('%s is refused, and the log says why', (_what, payload, reason) => {
  expect(String(session.run('RESTORE', 'key', '0', Buffer.from(payload, 'hex')))).toContain('ERR Bad data format');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^verbose: Internal error in RDB: /);
  expect(lines[0]).toContain(reason);
});
