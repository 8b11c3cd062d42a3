import type { Config, ListenerConfig, MapConfig } from '../config/model.js';
import { isGlob } from '../lookups/glob.js';
import type { Address } from '../net/address.js';
import type { ListeningAddress } from './listeners.js';

/** Command lines that show the daemon at work, one per listener, with keys that are there where that is known. */
export function hints(config: Config, addresses: readonly ListeningAddress[]): string[] {
  const lines = new Map<string, string>();
  for (const { listener, protocol, address } of addresses) {
    if (lines.has(listener) || 'inherited' in address) continue;
    const line = hintFor(config, listener, protocol, address);
    if (line !== undefined) lines.set(listener, line);
  }
  return [...lines.values()];
}

function hintFor(
  config: Config,
  listener: string,
  protocol: ListeningAddress['protocol'],
  address: Address,
): string | undefined {
  const declared = config.listeners.get(listener);
  const name = declared?.map ?? declared?.maps?.[0] ?? [...config.maps.keys()][0];
  const map = name === undefined ? undefined : config.maps.get(name);
  switch (protocol) {
    case 'socketmap':
      return (
        map && `postmap -q ${quoted(exampleKey(config, map))} ${quoted(`socketmap:${postfix(address)}:${map.id}`)}`
      );
    case 'tcp-table':
      return map && 'port' in address
        ? `postmap -q ${quoted(exampleKey(config, map))} tcp:${connectable(address.host)}:${address.port}`
        : undefined;
    case 'line':
      return map && `lookupd query ${quoted(map.id)} ${quoted(exampleKey(config, map))} --via line`;
    case 'policy':
      return `lookupd query ${quoted(listener)} ${EXAMPLE_MAIL} --via policy`;
    case 'resp':
      return undefined;
    case 'dict': {
      const dict = declared?.dicts?.[0] ?? [...config.dicts.keys()][0];
      return dict && `lookupd query ${quoted(dict)} shared/${exampleName(config, dict)} --via dict`;
    }
    case 'http':
      if (declared?.serve.includes('lookup') && map !== undefined) {
        return curl(address, `/lookup/${encodeURIComponent(map.id)}/${encodeURIComponent(exampleKey(config, map))}`);
      }
      return observedPath(declared?.serve ?? [], address);
  }
}

const EXAMPLE_MAIL = 'client_address=192.0.2.1 sender=ann@example.net recipient=bob@example.org';

function observedPath(serve: ListenerConfig['serve'], address: Address): string | undefined {
  if (serve.includes('health')) return curl(address, '/readyz');
  return serve.includes('metrics') ? curl(address, '/metrics') : undefined;
}

/** A key the map surely finds: out of a static list or an embedded store's data. */
function exampleKey(config: Config, map: MapConfig): string {
  for (const { kind, id } of map.sources) {
    const store = config.stores.get(id);
    const list = config.lookups.get(id);
    const data = store?.type === 'embedded' ? store.data : undefined;
    const keys = kind === 'lookup' ? (list?.kind === 'static' ? list.entries : undefined) : data;
    for (const key of keys?.keys() ?? []) {
      const asked = isGlob(key) && kind === 'lookup' ? undefined : unfill(map.key, key);
      if (asked !== undefined) return asked;
    }
  }
  return 'user@example.org';
}

/** A shared key of a dictionary, without `shared/`. */
function exampleName(config: Config, dict: string): string {
  const { store = '', prefix = '' } = config.dicts.get(dict) ?? {};
  const held = config.stores.get(store);
  const keys = held?.type === 'embedded' ? [...held.data.keys()] : [];
  const names = keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
  return names.find((name) => name !== '' && !name.includes('/')) ?? 'key';
}

/** The key for which a template with one %s makes the given one. */
function unfill(template: string, key: string): string | undefined {
  const parts = template.replaceAll('%%', '\0').split('%s');
  const [prefix, suffix] = parts.map((part) => part.replaceAll('\0', '%'));
  if (parts.length !== 2 || prefix === undefined || suffix === undefined || /%[ud]/.test(template)) return undefined;
  if (!key.startsWith(prefix) || !key.endsWith(suffix) || key.length <= prefix.length + suffix.length) return undefined;
  return key.slice(prefix.length, key.length - suffix.length);
}

function postfix(address: Address): string {
  return 'path' in address ? `unix:${address.path}` : `inet:${connectable(address.host)}:${address.port}`;
}

function curl(address: Address, path: string): string {
  if ('path' in address) return `curl --unix-socket ${quoted(address.path)} ${quoted(`http://localhost${path}`)}`;
  return `curl ${quoted(`http://${connectable(address.host)}:${address.port}${path}`)}`;
}

/** A host that a client on this machine can connect to. */
function connectable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./[\]-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
