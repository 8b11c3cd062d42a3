import type { Protocol } from '../../src/config/model.js';

/**
 * How every protocol is spoken, for tests that say the same to all of them: a listener over the store "local", through
 * the map "users", the policy "deny" or the dictionary "all", as `spokenConfig` has them.
 */
export interface Spoken {
  /** Keys of the listener beside its address and limits. */
  readonly keys?: string;
  /** What comes before the first request. */
  readonly hello?: string;
  /** A request that asks the store once for `key`. */
  readonly ask: string;
  /** How every answer ends, also to what is not found. */
  readonly end: string;
  /** How the answer to `key` ends. */
  readonly found: string;
  /** What a connection too many is told. */
  readonly busy: RegExp;
  /** A request that measures so many bytes, as max-request counts them. */
  readonly sized: (bytes: number) => string;
  /** What is said of one that is too long. */
  readonly tooLong: RegExp;
}

const netstring = (text: string) => `${text.length}:${text},`;
const pad = (bytes: number, before: string, behind = '') =>
  before + 'x'.repeat(bytes - before.length - behind.length) + behind;

function post(bytes: number): string {
  const head = 'POST /lookup/users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
  return `${head}Content-Length: ${bytes}\r\n\r\n${pad(bytes, '{"keys":["', '"]}')}`;
}

/** A GET command, the word that fills it measured with all that stands around it. */
function command(bytes: number): string {
  const framed = (length: number) => `*2\r\n$3\r\nGET\r\n$${length}\r\n${'x'.repeat(length)}\r\n`;
  const length = bytes - framed(100).length + 100;
  if (framed(length).length !== bytes) throw new Error('take a length of three digits');
  return framed(length);
}

export const PROTOCOLS: Readonly<Record<Protocol, Spoken>> = {
  socketmap: {
    ask: netstring('users key'),
    end: ',',
    found: 'v,',
    busy: /TEMP too many connections/,
    sized: (bytes) => netstring(pad(bytes, 'users ')),
    tooLong: /^$/,
  },
  'tcp-table': {
    keys: 'map = "users"',
    ask: 'get key\n',
    end: '\n',
    found: 'v\n',
    busy: /^400 too%20many%20connections\n$/,
    sized: (bytes) => pad(bytes, 'get ', '\n'),
    tooLong: /^400 a%20line%20is%20longer/,
  },
  line: {
    ask: 'users key\n',
    end: '\n',
    found: 'v\n',
    busy: /^TEMP too many connections\n$/,
    sized: (bytes) => pad(bytes, 'users ', '\n'),
    tooLong: /^PERM a line is longer/,
  },
  policy: {
    keys: 'policies = ["deny"]',
    ask: 'request=smtpd_access_policy\nsender=key\n\n',
    end: '\n\n',
    found: 'v\n\n',
    busy: /^action=DEFER_IF_PERMIT 4\.3\.2 Too many connections\n\n$/,
    sized: (bytes) => `${pad(bytes, 'request=smtpd_access_policy\nsender=', '\n')}\n`,
    tooLong: /^$/,
  },
  dict: {
    hello: 'H2\t2\t0\t\tall\n',
    ask: 'Lshared/key\n',
    end: '\n',
    found: 'v\n',
    busy: /^$/,
    sized: (bytes) => pad(bytes, 'Lshared/', '\n'),
    tooLong: /^$/,
  },
  http: {
    ask: 'GET /lookup/users/key HTTP/1.1\r\nHost: x\r\n\r\n',
    end: '}',
    found: 'v"}',
    busy: /^HTTP\/1\.1 503 .*too many connections/s,
    sized: post,
    tooLong: /^HTTP\/1\.1 413 .*too-large/s,
  },
  resp: {
    keys: 'store = "local"',
    ask: '*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n',
    end: '\r\n',
    found: 'v\r\n',
    busy: /^-ERR max number of clients reached\r\n$/,
    sized: command,
    tooLong: /^-ERR Protocol error: /,
  },
};

/** The daemon that they are spoken to: `key` is what `ask` asks for, and `text` what the policy says of it. */
export function spokenConfig(protocol: Protocol, path: string, more = '', text = 'v'): string {
  const { keys = '' } = PROTOCOLS[protocol];
  return `
[store.local]
type = "embedded"
[map.users]
store = "local"
[policy.deny]
type = "deny"
map = "users"
key = "sender"
text = "${text}"
[dict.all]
store = "local"
[server.listener.x]
protocol = "${protocol}"
bind = "unix:${path}"
${keys}
${more}
`;
}

/** The keys of the store that hold the answer. */
export const ASKED_KEYS = ['key', 'shared/key'];
