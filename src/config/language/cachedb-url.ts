/**
 * The URL of OpenSIPS's cachedb_redis:
 *
 *   redis[:group]://[user]:password@host[:port][,host[:port]…]/[database][?socket=/path][&tls_domain=name]
 *
 * Read as it is documented there, stricter than its parser: a password without the colon, an empty port and an unknown
 * option are refused. The group is a name for scripts and says nothing here; a TLS domain says that there is TLS, and
 * the `tls` keys say the rest. Messages quote no part of the URL.
 */
import { Secret } from '../secret.js';
import { decode, ENCODE, parseDatabase, parsePlace, type RedisUrl, Refused, settled } from './redis-url.js';
import type { Refusal } from './refusal.js';

const FORM = 'as in redis:group://:password@host:6379/0';

/** One for each host, in their order. */
export function parseCachedbUrl(text: string): RedisUrl[] | Refusal {
  return settled(() => {
    const match = /^\s*redis(?::[^:/@?]*)?:\/\/([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(text.trimEnd());
    if (match === null) throw new Refused('expected a URL of cachedb_redis', FORM);
    const [, authority = '', path = '', query] = match;
    if (!authority.includes('@') && `${path}${query ?? ''}`.includes('@')) {
      throw new Refused("the URL's user and password cannot be told from its path", ENCODE);
    }
    const at = authority.lastIndexOf('@');
    const hosts = authority.slice(at + 1).split(',');
    const options = parseOptions(query);
    const socket = options.get('socket');
    if (socket !== undefined && hosts.length > 1) throw new Refused('a unix socket cannot be one of several hosts');
    if (socket !== undefined && options.has('tls_domain')) {
      throw new Refused('a unix socket has no TLS', 'OpenSIPS ignores the TLS domain there: leave it out');
    }
    if (socket !== undefined && !socket.startsWith('/')) throw new Refused('the path of a unix socket starts with "/"');
    const common = {
      tls: options.has('tls_domain'),
      insecure: false,
      ...(at === -1 ? { user: undefined, password: undefined } : parseCredentials(authority.slice(0, at))),
      database: path === '' ? undefined : parseDatabase(path),
      protocol: undefined,
    };
    if (socket !== undefined) return [{ ...common, endpoint: { path: socket }, portGiven: false }];
    return hosts.map((host) => ({ ...common, ...parsePlace(host) }));
  });
}

/** There a password without the colon is taken for a user, and nobody logs in. */
function parseCredentials(text: string): Pick<RedisUrl, 'user' | 'password'> {
  const colon = text.indexOf(':');
  if (colon === -1) throw new Refused('a colon stands before the password', FORM);
  const password = decode(text.slice(colon + 1), 'password');
  if (password === '') throw new Refused('the URL names a user without a password', FORM);
  return { user: decode(text.slice(0, colon), 'user') || undefined, password: new Secret(password) };
}

const OPTIONS = ['socket', 'tls_domain'];

function parseOptions(query: string | undefined): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const option of query ? query.split('&') : []) {
    const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(option) ?? [];
    if (!OPTIONS.includes(name)) throw new Refused('the URL has an unknown option', `there is ${OPTIONS.join(', ')}`);
    options.set(name, decode(value, 'option'));
  }
  return options;
}
