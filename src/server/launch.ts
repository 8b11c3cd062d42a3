import type { TlsOptions } from 'node:tls';
import { systemReason } from '../core/system-reason.js';
import { AclStartError } from './access/declared-users.js';
import type { Cluster } from './cluster/cluster.js';
import { type Configuration, RefusedChange } from './configuration/configuration.js';
import type { Server } from './server.js';
import { serverTlsOptions, TlsError } from './tls-options.js';

/** What keeps a configured server from listening; told and the program ends. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/**
 * Listens where the directives say: `port` and `tls-port` on every address of `bind`, `unixsocket`. An address with `-` in
 * front may be missing on this machine, one that is taken may not.
 */
export async function listenAsConfigured(server: Server): Promise<void> {
  await startWithUsers(server);
  const { configuration } = server;
  const places = tcpPlaces(configuration);
  const path = configuration.get('unixsocket') ?? '';
  const open = new Map<string, Place>();
  for (const place of places) if (await listenAt(server, place)) open.set(place.name, place);
  if (path !== '') await listenOnPath(server, path);
  if (server.cluster !== undefined) await listenOnBus(server, server.cluster);
  if (open.size === 0 && path === '') throw new ListenError('Configured to not listen anywhere, exiting.');
  configuration.relisten = (changed) => relisten(server, open, changed);
}

/** Moves the sockets to where the directives say now; those that stay where they are stay open. */
async function relisten(server: Server, open: Map<string, Place>, changed: ReadonlySet<string>): Promise<void> {
  const { listeners, configuration } = server;
  let wanted: readonly Place[];
  try {
    wanted = tcpPlaces(configuration);
  } catch (error) {
    server.log('warning', (error as Error).message);
    throw new RefusedChange([...changed][0]!, 'Unable to update TLS configuration. Check server logs.');
  }
  const names = new Set(wanted.map(({ name }) => name));
  const leaving = [...open.values()].filter(({ name }) => !names.has(name));
  const coming = wanted.filter(({ name }) => !open.has(name));
  const inTheWay = leaving.filter(({ port }) => coming.some((place) => place.port === port));
  for (const place of inTheWay) listeners.stop(place.name);
  const arrived = new Map<string, Place>();
  try {
    for (const place of coming) if (await listenAt(server, place)) arrived.set(place.name, place);
    refuseDeafPorts(wanted, new Map([...open, ...arrived]));
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    for (const name of arrived.keys()) listeners.stop(name);
    for (const place of inTheWay) await listenAt(server, place);
    if (changed.has('bind')) throw new RefusedChange('bind', 'Failed to bind to specified addresses.');
    const directive = changed.has('port') ? 'port' : 'tls-port';
    throw new RefusedChange(directive, 'Unable to listen on this port. Check server logs.');
  }
  for (const { name } of leaving) {
    listeners.stop(name);
    open.delete(name);
  }
  for (const [name, place] of arrived) open.set(name, place);
}

/** One address to listen at. */
interface Place {
  /** Says all that makes it another place: address, port, TLS settings. */
  readonly name: string;
  readonly port: number;
  readonly host: string;
  /** It may be missing on this machine. */
  readonly optional: boolean;
  readonly tls: TlsOptions | undefined;
}

interface Address {
  readonly host: string;
  readonly optional: boolean;
}

function addressesOf(configuration: Configuration): Address[] {
  const addresses = (configuration.get('bind') ?? '').split(' ').filter((address) => address !== '');
  return addresses.map((address) => {
    const bare = address.replace(/^-/, '');
    return { host: WILDCARDS[bare] ?? bare, optional: address.startsWith('-') };
  });
}

function tcpPlaces(configuration: Configuration): Place[] {
  const tlsPort = Number(configuration.get('tls-port'));
  const tls = tlsPort > 0 ? readTls(configuration) : undefined;
  const secrets = tls && JSON.stringify(tls);
  const at = (port: number, options: TlsOptions | undefined) =>
    addressesOf(configuration).map(({ host, optional }) => {
      const name = [host, port, options ? secrets : ''].join(' ');
      return { name, port, host, optional, tls: options };
    });
  const port = Number(configuration.get('port'));
  return [...(port > 0 ? at(port, undefined) : []), ...(tlsPort > 0 ? at(tlsPort, tls) : [])];
}

function readTls(configuration: Configuration): TlsOptions {
  try {
    return serverTlsOptions(configuration);
  } catch (error) {
    throw error instanceof TlsError ? new ListenError(`Failed to configure TLS: ${error.message}`) : error;
  }
}

/** A port must be listened on at one address at least. */
function refuseDeafPorts(wanted: readonly Place[], open: ReadonlyMap<string, Place>): void {
  for (const { port } of wanted) {
    if (!wanted.some((place) => place.port === port && open.has(place.name))) throw deaf(port);
  }
}

function deaf(port: number): ListenError {
  return new ListenError(`Failed listening on port ${port} (TCP), aborting.`);
}

async function startWithUsers(server: Server): Promise<void> {
  try {
    await server.start();
  } catch (error) {
    if (error instanceof AclStartError) throw new ListenError(error.message);
    throw error;
  }
}

/** False when the address is missing on this machine and may be. */
async function listenAt(server: Server, { name, port, host, optional, tls }: Place): Promise<boolean> {
  try {
    await server.listen(tls === undefined ? { name, port, host } : { name, port, host, tls });
    return true;
  } catch (error) {
    const why = reason(error);
    server.log('warning', `Warning: Could not create server TCP listening socket ${host}:${port}: ${why}`);
    if (optional && MISSING_ADDRESS.has((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw deaf(port);
  }
}

/** The cluster bus is at the addresses that clients are served at. */
async function listenOnBus(server: Server, cluster: Cluster): Promise<void> {
  const port = cluster.busPortFor(Number(server.configuration.get('port')));
  if (port > 65_535) {
    throw new ListenError(`The port of the cluster bus would be ${port}: choose a lower port, or a cluster-port.`);
  }
  for (const { host, optional } of addressesOf(server.configuration)) {
    try {
      await cluster.bus.listen(host, port);
    } catch (error) {
      server.log('warning', `Warning: Could not create server TCP listening socket ${host}:${port}: ${reason(error)}`);
      const isMissing = MISSING_ADDRESS.has((error as NodeJS.ErrnoException).code ?? '');
      if (!optional || !isMissing) throw new ListenError(`Failed listening on port ${port} (cluster), aborting.`);
    }
  }
  if (cluster.bus.port === 0) throw new ListenError(`Failed listening on port ${port} (cluster), aborting.`);
}

const WILDCARDS: Readonly<Record<string, string>> = { '*': '0.0.0.0', '::*': '::' };
const MISSING_ADDRESS: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EPROTONOSUPPORT', 'ENOTFOUND']);

function reason(error: unknown): string {
  const { syscall = '' } = error as NodeJS.ErrnoException;
  const why = systemReason(error);
  return ['listen', 'lstat'].includes(syscall) && why !== (error as Error).message ? `bind: ${why}` : why;
}

async function listenOnPath(server: Server, path: string): Promise<void> {
  const mode = Number.parseInt(server.configuration.get('unixsocketperm') ?? '0', 8);
  try {
    await server.listen(mode === 0 ? { path } : { path, mode });
  } catch (error) {
    throw new ListenError(`Failed opening Unix socket: ${reason(error)}`);
  }
}
