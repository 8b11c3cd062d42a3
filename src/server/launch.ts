import type { Server } from './server.js';

/** What keeps a configured server from listening; told and the program ends. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/**
 * Listens where the directives say: `port` on every address of `bind`, `unixsocket`. An address with `-` in
 * front may be missing on this machine, one that is taken may not.
 */
export async function listenAsConfigured(server: Server): Promise<void> {
  const { configuration } = server;
  const port = Number(configuration.get('port'));
  const path = configuration.get('unixsocket') ?? '';
  if (port > 0) await listenOnAddresses(server, port);
  if (path !== '') await listenOnPath(server, path);
  if (port === 0 && path === '') throw new ListenError('Configured to not listen anywhere, exiting.');
}

async function listenOnAddresses(server: Server, port: number): Promise<void> {
  const addresses = (server.configuration.get('bind') ?? '').split(' ').filter((address) => address !== '');
  let listening = 0;
  for (const address of addresses.length > 0 ? addresses : ['*']) {
    if (await listenOnAddress(server, port, address)) listening++;
  }
  if (listening === 0) throw new ListenError(`Failed listening on port ${port} (TCP), aborting.`);
}

async function listenOnAddress(server: Server, port: number, address: string): Promise<boolean> {
  const optional = address.startsWith('-');
  const host = WILDCARDS[address.replace(/^-/, '')] ?? address.replace(/^-/, '');
  try {
    await server.listen({ port, host });
    return true;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (optional && MISSING_ADDRESS.has(code)) return false;
    server.log(
      'warning',
      `Warning: Could not create server TCP listening socket ${host}:${port}: ${reason(code, message)}`,
    );
    throw new ListenError(`Failed listening on port ${port} (TCP), aborting.`);
  }
}

const WILDCARDS: Readonly<Record<string, string>> = { '*': '0.0.0.0', '::*': '::' };
const MISSING_ADDRESS: ReadonlySet<string> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EPROTONOSUPPORT', 'ENOTFOUND']);

function reason(code: string, message: string): string {
  if (code === 'EADDRINUSE') return 'bind: Address already in use';
  if (code === 'EADDRNOTAVAIL') return 'bind: Cannot assign requested address';
  if (code === 'EACCES') return 'bind: Permission denied';
  return message;
}

async function listenOnPath(server: Server, path: string): Promise<void> {
  const mode = Number.parseInt(server.configuration.get('unixsocketperm') ?? '0', 8);
  try {
    await server.listen(mode === 0 ? { path } : { path, mode });
  } catch (error) {
    throw new ListenError(`Failed opening Unix socket: ${(error as Error).message}`);
  }
}
