import { parseListenAddress } from '../language/listen-address.js';
import { Refusal } from '../language/refusal.js';
import { key, keyWithDefault, requiredKey } from './declaration.js';
import {
  flag,
  integer,
  mode,
  name,
  oneOf,
  oneOrMore,
  oneOrMoreDistinct,
  optionalDuration,
  parsed,
  secret,
  size,
  text,
} from './types.js';

const protocol = oneOf(['socketmap', 'tcp-table', 'line', 'policy', 'dict', 'http', 'resp']);

const address = parsed(text, parseListenAddress);

const command = parsed(text.meta({ minLength: 1 }), (value) =>
  /^[a-z_]+$/i.test(value) ? value.toLowerCase() : new Refusal('expected the name of a command such as "get"'),
);

/** `[server.listener.<id>]`: where mail servers connect. */
export const listenerKeys = {
  protocol: requiredKey(protocol, 'Protocol that is spoken.', 'protocol = "socketmap"'),
  bind: requiredKey(
    oneOrMore(address, 'addresses'),
    'Where to listen: host:port, [IPv6]:port or unix:/path; port 0: any free one. systemd:name: the sockets that a unit with this FileDescriptorName= hands over.',
    'bind = "127.0.0.1:10023"',
  ),
  mode: key(mode, 'Mode of unix sockets, octal; by default what the umask leaves.'),
  owner: key(name, 'Owner of unix sockets, a name or a number; by default the user of server.run-as.'),
  group: key(name, 'Group of unix sockets, a name or a number; by default the group of server.run-as.'),
  map: key(name, 'tcp-table: the map it answers from.'),
  maps: key(oneOrMoreDistinct(name, 'maps'), 'socketmap, line and http: the maps it serves; by default all.'),
  policies: key(oneOrMoreDistinct(name, 'policies'), 'policy: the policies to ask, in order.'),
  dicts: key(oneOrMoreDistinct(name, 'dictionaries'), 'dict: the dictionaries it serves; by default all.'),
  serve: key(
    oneOrMoreDistinct(oneOf(['lookup', 'health', 'metrics']), 'parts'),
    'http: what it offers: /lookup, /livez and /readyz, /metrics. By default lookup.',
  ),
  'limits.max-connections': keyWithDefault(integer(1, 1_000_000), 1000, 'Connections at a time.'),
  'limits.max-request': key(
    size,
    'Longest request: socketmap 100000 bytes by default, tcp-table 4096, line 100001, policy 65536, dict 65536 a line, http 1mb a body, resp 64mb a command.',
  ),
  'limits.max-pipeline': keyWithDefault(
    integer(1, 100_000),
    100,
    'Requests of one connection that may wait for their answer.',
  ),
  'limits.idle-timeout': keyWithDefault(optionalDuration, '5m', 'Silence after which a connection is closed.'),
  'limits.max-unsent': keyWithDefault(size, '1mb', 'Answers a slow reader may leave unread.'),
  store: key(name, 'resp: the store it offers.'),
  prefix: keyWithDefault(text, '', 'resp: put before every key, so that clients reach no other.'),
  password: key(secret, 'resp: what clients have to say first (AUTH).'),
  commands: key(
    oneOrMoreDistinct(command, 'commands'),
    'resp: the commands it allows; by default those on keys that change nothing, and with write = true all on keys.',
  ),
  write: key(
    flag,
    'dict: allow changes; by default as the dictionary says. resp: allow commands that change something. http: offer /store/<id>/<key>, where keys are read, set and deleted, counters, locks and rates kept.',
  ),
  stores: key(oneOrMoreDistinct(name, 'stores'), 'http with write: the stores it offers; by default all.'),
};

export type ListenerKeys = typeof listenerKeys;
