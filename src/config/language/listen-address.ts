import { isIPv6 } from 'node:net';
import type { Endpoint, ListenEndpoint } from '../model.js';
import { Refusal } from './refusal.js';

/** What the system can hold as the name of a unix socket. */
const LONGEST_SOCKET_PATH = 107;

/** `host:port`, `[v6]:port`, `unix:/path` or `systemd:name`; port 0 lets the system choose. */
export function parseListenAddress(text: string): ListenEndpoint | Refusal {
  if (text.startsWith('unix:')) return parseSocketPath(text.slice('unix:'.length));
  if (text.startsWith('systemd:')) return parseDescriptorName(text.slice('systemd:'.length));
  if (text.startsWith('/')) return new Refusal('expected host:port or unix:/path', `write "unix:${text}"`);
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d+)$/.exec(text);
  if (match === null) return new Refusal('expected host:port, [IPv6]:port or unix:/path', addressHint(text));
  const port = Number(match[3]);
  if (port > 65535) return new Refusal('expected a port from 0 to 65535');
  const host = match[1] ?? match[2]!;
  if (match[1] !== undefined && !isIPv6(host)) return new Refusal('what stands in brackets is not an IPv6 address');
  if (host === '')
    return new Refusal('the address names no host', 'all of them: "0.0.0.0" or "[::]"; only this machine: "127.0.0.1"');
  if (match[1] === undefined && !/^[\w.-]+$/.test(host))
    return new Refusal('the host holds a character that no host name has');
  return { host, port };
}

/** The same without the sockets that systemd hands over. */
export function parseEndpoint(text: string): Endpoint | Refusal {
  const address = parseListenAddress(text);
  if (address instanceof Refusal || !('inherited' in address)) return address;
  return new Refusal('sockets of systemd are for [server.listener]', 'here: host:port, [IPv6]:port or unix:/path');
}

/** What systemd takes as FileDescriptorName=. */
function parseDescriptorName(name: string): ListenEndpoint | Refusal {
  if (/^[\x21-\x39\x3b-\x7e]{1,255}$/.test(name)) return { inherited: name };
  return new Refusal('expected the name of a socket behind "systemd:"', "its unit's FileDescriptorName=");
}

function parseSocketPath(path: string): Endpoint | Refusal {
  if (path.startsWith('//')) path = path.replace(/^\/\/+/, '/');
  if (!path.startsWith('/'))
    return new Refusal('the path of a unix socket starts with "/"', 'as in "unix:/run/lookupd/postfix.sock"');
  if (Buffer.byteLength(path) > LONGEST_SOCKET_PATH) {
    return new Refusal(`the path of a unix socket has at most ${LONGEST_SOCKET_PATH} bytes`);
  }
  return { path };
}

function addressHint(text: string): string | undefined {
  if (isIPv6(text) || text.split(':').length > 2) return 'an IPv6 address stands in brackets, as in "[::1]:10023"';
  return /^\d+$/.test(text) ? `write "127.0.0.1:${text}"` : undefined;
}

/** Whether only this machine can connect. */
export function isLoopback(endpoint: ListenEndpoint): boolean {
  // What systemd listens on is said, and answered for, in its unit.
  if ('path' in endpoint || 'inherited' in endpoint) return true;
  const host = endpoint.host.toLowerCase();
  return host === 'localhost' || host === '::1' || /^(::ffff:)?127(\.\d{1,3}){3}$/.test(host);
}
