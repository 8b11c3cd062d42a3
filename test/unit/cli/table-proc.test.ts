import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerTable } from '../../../src/cli/table-proc/conversation.js';
import { encodeValue, parseRequest } from '../../../src/cli/table-proc/protocol.js';
import { createOutput } from '../../../src/cli/terminal.js';
import { found, notFound, type Outcome, permanent, temporary } from '../../../src/core/outcome.js';
import type { LookupMap } from '../../../src/lookups/lookup.js';

const VALUES: Readonly<Record<string, Outcome>> = {
  ann: found(Buffer.from('ann@example.com, bob|x')),
  'a|b': found(Buffer.from('pipes')),
  grün: found(Buffer.from('Grüße')),
  empty: found(Buffer.alloc(0)),
  breaks: found(Buffer.from('a\nb')),
  nul: found(Buffer.from('a\0b')),
  down: temporary('the store\nis down'),
  wrong: permanent('no such map'),
  source: found(Buffer.from('192.0.2.1, [2001:db8::1]\n192.0.2.2')),
  relayhost: found(Buffer.from(' , ')),
};

const map = {
  name: 'table',
  lookup: (key: Buffer) => Promise.resolve(VALUES[key.toString()] ?? notFound),
} as unknown as LookupMap;

async function says(input: Iterable<string | Buffer>): Promise<string> {
  let said = Buffer.alloc(0);
  const out = createOutput(false, {}, (text) => {
    said = Buffer.concat([said, Buffer.from(text)]);
  });
  await answerTable(map, { input: Readable.from(input), out, err: out, env: {} });
  return said.toString();
}

const ask = (what: string) => `table|0.1|1713795082.354255|devs|${what}\n`;

describe('what smtpd asks and hears', () => {
  test.each([
    ['lookup|alias|b72508d|ann', 'lookup-result|b72508d|found|ann@example.com, bob|x'],
    ['lookup|alias|1|a|b', 'lookup-result|1|found|pipes'],
    ['lookup|alias|1|grün', 'lookup-result|1|found|Grüße'],
    ['lookup|userinfo|1|nobody', 'lookup-result|1|not-found'],
    ['lookup|alias|1|', 'lookup-result|1|not-found'],
    ['lookup|alias|1|empty', 'lookup-result|1|not-found'],
    ['lookup|alias|1|breaks', 'lookup-result|1|error|the value holds a line break'],
    ['lookup|alias|1|nul', 'lookup-result|1|error|the value holds a NUL byte'],
    ['lookup|alias|1|down', 'lookup-result|1|error|the store is down'],
    ['lookup|alias|1|wrong', 'lookup-result|1|error|no such map'],
    ['check|domain|e5862859|ann', 'check-result|e5862859|found'],
    ['check|netaddr|1|192.168.0.7', 'check-result|1|not-found'],
    ['check|string|1|empty', 'check-result|1|found'],
    ['check|mailaddr|1|down', 'check-result|1|error|the store is down'],
    ['update|478ff0d2', 'update-result|478ff0d2|ok'],
    ['fetch|relayhost|1', 'fetch-result|1|not-found'],
    ['dump|alias|7|x', 'dump-result|7|error|the operation is not known'],
  ])('%s: %s', async (asked, answer) => {
    expect(await says([ask(asked)])).toBe(`${answer}\n`);
  });

  test('sources go round', async () => {
    const answers = ['192.0.2.1', '[2001:db8::1]', '192.0.2.2', '192.0.2.1'];
    const asked = answers.map((_, i) => ask(`fetch|source|${i}`));
    expect(await says(asked)).toBe(answers.map((item, i) => `fetch-result|${i}|found|${item}\n`).join(''));
  });

  test('after a handshake, byte by byte', async () => {
    const handshake = 'config|smtpd-version|7.8.0\nconfig|protocol|0.1\nconfig|tablename|a|b\nconfig|ready\n';
    const all = Buffer.from(handshake + ask('lookup|alias|1|grün') + ask('check|domain|2|ann'));
    const said = await says(Array.from(all, (byte) => Buffer.of(byte)));
    expect(said).toMatch(/^(?:register\|[a-z]+\n){11}register\|ready\n/);
    expect(said.split('register|ready\n')[1]).toBe('lookup-result|1|found|Grüße\ncheck-result|2|found\n');
  });

  test('many at once, each by its id, and half a line at the end is none', async () => {
    const ids = Array.from({ length: 1_000 }, (_, i) => `${i}`);
    const said = await says([`${ids.map((id) => ask(`lookup|alias|${id}|ann`)).join('')}table|0.1|0|devs|look`]);
    expect(said.split('\n').filter(Boolean).sort()).toEqual(
      ids.map((id) => `lookup-result|${id}|found|ann@example.com, bob|x`).sort(),
    );
  });

  test.each([
    'hello\n',
    '\n',
    'table|0.1|0|devs\n',
    ask('lookup|alias'),
    ask('check|domain|1'),
    `${'x'.repeat(65_536)}\n`,
  ])('what is no line of the protocol ends it: %j', async (line) => {
    await expect(says([line])).rejects.toThrow();
  });
});

describe('whatever the bytes', () => {
  const latin1 = fc.uint8Array({ maxLength: 60 }).map((value) => Buffer.from(value).latin1Slice());

  test('any line is read without an exception', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          latin1,
          latin1.map((rest) => `table|0.1|0|t|lookup|${rest}`),
        ),
        (line) => {
          expect(parseRequest(line)).toBeDefined();
        },
      ),
    );
  });

  test('an answer is one line, and never an empty value', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (value) => {
        expect(encodeValue('lookup', '1', found(Buffer.from(value)))).toMatch(
          /^lookup-result\|1\|(?:found\|[^\n]+|not-found|error\|[^\n]+)\n$/,
        );
      }),
    );
  });
});
