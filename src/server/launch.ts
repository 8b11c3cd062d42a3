import { readFileSync } from 'node:fs';
import type { TlsOptions } from 'node:tls';
import { AclStartError } from './access/declared-users.js';
import type { Configuration } from './configuration/configuration.js';
import type { Server } from './server.js';

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
  const port = Number(configuration.get('port'));
  const tlsPort = Number(configuration.get('tls-port'));
  const path = configuration.get('unixsocket') ?? '';
  if (port > 0) await listenOnAddresses(server, port);
  if (tlsPort > 0) await listenOnAddresses(server, tlsPort, readTlsOptions(configuration));
  if (path !== '') await listenOnPath(server, path);
  if (port === 0 && tlsPort === 0 && path === '') throw new ListenError('Configured to not listen anywhere, exiting.');
}

async function startWithUsers(server: Server): Promise<void> {
  try {
    await server.start();
  } catch (error) {
    if (error instanceof AclStartError) throw new ListenError(error.message);
    throw error;
  }
}

async function listenOnAddresses(server: Server, port: number, tls?: TlsOptions): Promise<void> {
  const addresses = (server.configuration.get('bind') ?? '').split(' ').filter((address) => address !== '');
  let listening = 0;
  for (const address of addresses.length > 0 ? addresses : ['*']) {
    if (await listenOnAddress(server, { port, tls }, address)) listening++;
  }
  if (listening === 0) throw new ListenError(`Failed listening on port ${port} (TCP), aborting.`);
}

async function listenOnAddress(
  server: Server,
  { port, tls }: { readonly port: number; readonly tls: TlsOptions | undefined },
  address: string,
): Promise<boolean> {
  const optional = address.startsWith('-');
  const host = WILDCARDS[address.replace(/^-/, '')] ?? address.replace(/^-/, '');
  try {
    await server.listen(tls === undefined ? { port, host } : { port, host, tls });
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

/** The `tls-…` directives as Node takes them. */
function readTlsOptions(configuration: Configuration): TlsOptions {
  const value = (name: string) => configuration.get(name) ?? '';
  const file = (name: string) => readPem(name, value(name));
  if (value('tls-cert-file') === '' || value('tls-key-file') === '') {
    throw new ListenError('Failed to configure TLS: tls-cert-file and tls-key-file have to be named.');
  }
  const clients = value('tls-auth-clients');
  if (clients !== 'no' && value('tls-ca-cert-file') === '') {
    throw new ListenError('Failed to configure TLS: tls-ca-cert-file has to be named when clients need a certificate.');
  }
  const ciphers = [value('tls-ciphersuites'), value('tls-ciphers')].filter((list) => list !== '').join(':');
  return {
    cert: file('tls-cert-file'),
    key: file('tls-key-file'),
    ca: file('tls-ca-cert-file'),
    passphrase: value('tls-key-file-pass') || undefined,
    requestCert: clients !== 'no',
    rejectUnauthorized: clients === 'yes',
    ciphers: ciphers || undefined,
    honorCipherOrder: value('tls-prefer-server-ciphers') === 'yes',
    dhparam: value('tls-dh-params-file') === '' ? 'auto' : file('tls-dh-params-file'),
    ...protocolRange(value('tls-protocols')),
  };
}

function readPem(directive: string, path: string): Buffer | undefined {
  if (path === '') return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    throw new ListenError(`Failed to configure TLS: ${directive}: ${(error as Error).message}`);
  }
}

/** "TLSv1.2 TLSv1.3", as Redis has it: the least and the most of them. */
function protocolRange(text: string): Pick<TlsOptions, 'minVersion' | 'maxVersion'> {
  const known = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
  const named = text.toLowerCase().split(/\s+/);
  const chosen = known.filter((version) => named.includes(version.toLowerCase()));
  const [minVersion = 'TLSv1.2'] = chosen;
  return { minVersion, maxVersion: chosen.at(-1) ?? 'TLSv1.3' };
}

async function listenOnPath(server: Server, path: string): Promise<void> {
  const mode = Number.parseInt(server.configuration.get('unixsocketperm') ?? '0', 8);
  try {
    await server.listen(mode === 0 ? { path } : { path, mode });
  } catch (error) {
    throw new ListenError(`Failed opening Unix socket: ${(error as Error).message}`);
  }
}
