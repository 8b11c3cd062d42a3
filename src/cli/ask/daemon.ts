/** Asks the running daemon as a mail server does: at the listener of the configuration that serves the map. */
import type { Config, ListenerConfig, Protocol } from '../../config/model.js';
import type { Outcome } from '../../core/outcome.js';
import type { Address } from '../../net/address.js';
import { UsageError } from '../command.js';
import { named } from '../store-access.js';
import { askInTurn } from './conversation.js';
import { dictFor } from './dict.js';
import { askHttp } from './http.js';
import { lineFor } from './line.js';
import { policyDelegation } from './policy.js';
import { socketmapFor } from './socketmap.js';
import { tcpTable } from './tcp-table.js';

/** The protocols that maps and dictionaries are asked over. */
const LOOKING_UP = ['socketmap', 'tcp', 'line', 'dict', 'http'] as const;
export const VIA = [...LOOKING_UP, 'policy'] as const;
export type LookupVia = (typeof LOOKING_UP)[number];

const PROTOCOLS: Readonly<Record<LookupVia, Protocol>> = {
  socketmap: 'socketmap',
  tcp: 'tcp-table',
  line: 'line',
  dict: 'dict',
  http: 'http',
};

/** An outcome per key, in order. Throws UsageError when no listener of that protocol serves the map. */
export function askDaemon(
  config: Config,
  via: LookupVia,
  map: string,
  keys: readonly Buffer[],
  user = '',
): Promise<Outcome[]> {
  const address = addressFor(config, PROTOCOLS[via], map);
  switch (via) {
    case 'socketmap':
      return askInTurn(address, keys, socketmapFor(map));
    case 'tcp':
      return askInTurn(address, keys, tcpTable);
    case 'line':
      return askInTurn(address, keys, lineFor(map));
    case 'dict':
      return askInTurn(address, keys, dictFor(map, user));
    case 'http':
      return askHttp(address, map, keys);
  }
}

/** What the policy listener of that id answers to a request. Throws UsageError when there is none. */
export async function askPolicies(config: Config, id: string, request: Buffer): Promise<Outcome> {
  const listeners = new Map([...config.listeners].filter(([, { protocol }]) => protocol === 'policy'));
  const listener = named(listeners, id, 'policy listener', config);
  const [outcome] = await askInTurn(reachable([listener]), [request], policyDelegation);
  return outcome!;
}

function addressFor(config: Config, protocol: Protocol, map: string): Address {
  const listeners = [...config.listeners.values()].filter((one) => one.protocol === protocol && serves(one, map));
  const what = protocol === 'dict' ? 'dictionary' : 'map';
  if (listeners.length === 0)
    throw new UsageError(`${config.file} has no ${protocol} listener for the ${what} "${map}"`);
  return reachable(listeners);
}

/** The first address that can be connected to. Throws UsageError when there is none. */
export function reachable(listeners: readonly ListenerConfig[]): Address {
  for (const address of listeners.flatMap((listener) => listener.bind)) {
    if ('path' in address || ('port' in address && address.port !== 0)) return connectable(address);
  }
  const names = listeners.map(({ id }) => `"${id}"`).join(', ');
  throw new UsageError(`the system chooses the address of listener ${names}: nobody knows where to ask`);
}

function serves(listener: ListenerConfig, map: string): boolean {
  if (listener.protocol === 'tcp-table') return listener.map === map;
  if (listener.protocol === 'dict') return listener.dicts === undefined || listener.dicts.includes(map);
  if (listener.protocol === 'http' && !listener.serve.includes('lookup')) return false;
  return listener.maps === undefined || listener.maps.includes(map);
}

/** All of a machine's addresses are listened on, and one is asked. */
function connectable(address: Address): Address {
  if ('path' in address) return address;
  if (address.host === '0.0.0.0') return { ...address, host: '127.0.0.1' };
  return address.host === '::' ? { ...address, host: '::1' } : address;
}
