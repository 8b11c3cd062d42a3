import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { TestDaemon } from '../harness/daemon.js';
import { Wire } from '../harness/wire.js';

/**
 * Golden dialogues: what a client says and what it hears, byte for byte, one file per listener below.
 *
 *     == title      a new connection
 *     > text        sent
 *     < text        expected, and nothing else before it
 *     >| or <|      the client half-closes; the daemon closes
 *
 * Escapes: \n, \r, \t, \\, \xHH; "\{x*70000}" repeats. Other lines are comments.
 */
const FOLDER = new URL('.', import.meta.url);

const CONFIG = `
[store.local]
type = "embedded"
[store.local.data]
"user@example.org" = "target@example.net"
"@example.org" = "catch-all"
"a b" = "with space"
"grün" = "Grüße"
"empty" = ""
"percent" = "100% sure"
"alias:info" = "team"

[lookup.vip]
"ceo@example.com" = true
"*.partner.test" = "partner"

[map.users]
store = "local"
[map.expanded]
store = "local"
expand = ["full", "no-extension", "domain"]
fold-case = true
[map.aliases]
store = "local"
key = "alias:%u"
[map.vip]
lookup = "vip"
[map.senders]
lookup = "enemies"
[lookup.enemies]
"foe@bad.test" = true
[map.broken]
store = "down"
[store.down]
type = "embedded"

[server.listener.socketmap]
protocol = "socketmap"
bind = "127.0.0.1:0"
maps = ["users", "expanded", "aliases", "vip", "broken"]
[server.listener.line]
protocol = "line"
bind = "127.0.0.1:0"
maps = ["users", "expanded", "broken"]
[dict.quota]
store = "local"
prefix = "quota/"
write = true
[dict.fixed]
store = "local"
prefix = "quota/"
[dict.broken]
store = "down"
write = true
[dict.hidden]
store = "local"
[server.listener.dict]
protocol = "dict"
bind = "127.0.0.1:0"
dicts = ["quota", "fixed", "broken"]
[server.listener.dict-2-4]
protocol = "dict"
bind = "127.0.0.1:0"
[server.listener.tcp-table]
protocol = "tcp-table"
bind = "127.0.0.1:0"
map = "users"
[policy.friends]
type = "allow"
key = "sasl_username"
map = "logins"
[map.logins]
lookup = "logins"
[lookup.logins]
"boss" = true
[policy.enemies]
type = "deny"
key = ["recipient", "sender"]
map = "senders"
text = "Go away"
[policy.unknown]
type = "deny"
key = "helo_name"
map = "broken"
on-error = "defer"
[server.listener.policy]
protocol = "policy"
bind = "127.0.0.1:0"
policies = ["friends", "enemies", "unknown"]
[server.listener.tcp-table-broken]
protocol = "tcp-table"
bind = "127.0.0.1:0"
map = "broken"
`;

interface Dialogue {
  readonly title: string;
  readonly lines: string[];
}

type Say = (wire: Wire, bytes: Buffer) => void | Promise<void>;

/** Each on a daemon of its own: a dialogue counts on keys that are not there yet. */
const WAYS: readonly (readonly [string, Say])[] = [
  ['in the pieces that are written', (wire, bytes) => wire.send(bytes)],
  ['byte by byte', sayByteByByte],
];

describe.each(WAYS)('%s', (_, say) => {
  let daemon: TestDaemon;

  beforeAll(async () => {
    daemon = await startSeeded();
  });

  afterAll(() => daemon.stop());

  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.txt'))) {
    describe(file, () => {
      test.each(parse(readFileSync(new URL(file, FOLDER), 'utf8')))('$title', async ({ lines }) => {
        const wire = await Wire.connect(daemon.address(file.replace('.txt', '')));
        for (const line of lines) await play(wire, line, say);
        wire.close();
      });
    });
  }
});

async function startSeeded(): Promise<TestDaemon> {
  const daemon = await TestDaemon.start(CONFIG);
  const local = daemon.store('local').values;
  local.set('binary', Buffer.from([0xff, 0xfe]));
  local.set('nul', Buffer.from('a\0b'));
  local.set('long', Buffer.alloc(99_998, 'v'));
  local.set('longest', Buffer.alloc(99_997, 'v'));
  local.set('breaks', Buffer.from('a\nb'));
  local.set('line-long', Buffer.alloc(4_092, 'v'));
  local.set('line-longest', Buffer.alloc(4_091, 'v'));
  daemon.store('down').failure = 'UNREACHABLE';
  daemon.store('down').indeterminate = true;
  return daemon;
}

/**
 * A turn of the event loop behind each byte, in which the daemon reads it; the same one over and over goes in one piece, to
 * be done soon. To a daemon that closes nothing more is said.
 */
async function sayByteByByte(wire: Wire, bytes: Buffer): Promise<void> {
  wire.socket.setNoDelay(true);
  for (const piece of bytes.latin1Slice().match(/(.)\1{99,}|./gs) ?? []) {
    if (wire.socket.readableEnded) return;
    wire.send(Buffer.from(piece, 'latin1'));
    await new Promise(setImmediate);
  }
}

function parse(text: string): Dialogue[] {
  const dialogues: Dialogue[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('== ')) dialogues.push({ title: line.slice(3), lines: [] });
    else if (/^[<>]/.test(line)) dialogues.at(-1)?.lines.push(line);
  }
  return dialogues;
}

async function play(wire: Wire, line: string, say: Say): Promise<void> {
  if (line === '>|') wire.halfClose();
  else if (line === '<|') await wire.expectEnd();
  else if (line.startsWith('> ')) await say(wire, unescapeBytes(line.slice(2)));
  else if (line.startsWith('< ')) await wire.expect(unescapeBytes(line.slice(2)));
  else throw new Error(`not a line of a dialogue: ${line}`);
}

const ESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\' };

function unescapeBytes(text: string): Buffer {
  const latin1 = Buffer.from(text, 'utf8').toString('latin1');
  const bytes = latin1.replace(
    /\\(?:x([0-9a-f]{2})|\{(.)\*(\d+)\}|([nrt\\]))/gi,
    (_, hex?: string, repeated?: string, times?: string, letter?: string) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      if (repeated !== undefined) return repeated.repeat(Number(times));
      return ESCAPED[letter as string] as string;
    },
  );
  return Buffer.from(bytes, 'latin1');
}
