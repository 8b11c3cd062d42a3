import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionOptions, TlsOptions } from 'node:tls';
import type { Configuration } from './configuration/configuration.js';

/** What the `tls-…` directives ask for and cannot have. */
export class TlsError extends Error {
  override readonly name = 'TlsError';
}

/** The `tls-…` directives as Node takes them, for listening. Throws TlsError. */
export function serverTlsOptions(configuration: Configuration): TlsOptions {
  const value = (name: string) => configuration.get(name) ?? '';
  if (value('tls-cert-file') === '' || value('tls-key-file') === '') {
    throw new TlsError('tls-cert-file and tls-key-file have to be named.');
  }
  const clients = value('tls-auth-clients');
  const ca = authorities(configuration);
  if (clients !== 'no' && ca === undefined) {
    throw new TlsError('tls-ca-cert-file or tls-ca-cert-dir has to be named when clients need a certificate.');
  }
  return {
    cert: readPem(configuration, 'tls-cert-file'),
    key: readPem(configuration, 'tls-key-file'),
    ca,
    passphrase: value('tls-key-file-pass') || undefined,
    requestCert: clients !== 'no',
    rejectUnauthorized: clients === 'yes',
    honorCipherOrder: value('tls-prefer-server-ciphers') === 'yes',
    dhparam: readPem(configuration, 'tls-dh-params-file') ?? 'auto',
    ...ciphersAndVersions(configuration),
  };
}

/**
 * For connecting to a primary (`tls-replication`): with the certificate for clients, or this server's own. As in Redis, what
 * the primary shows has to be signed by one of `tls-ca-cert-file` and `tls-ca-cert-dir`, whatever name it is for. Throws TlsError.
 */
export function clientTlsOptions(configuration: Configuration): ConnectionOptions {
  const kind = configuration.get('tls-client-cert-file') ? 'tls-client' : 'tls';
  return {
    cert: readPem(configuration, `${kind}-cert-file`),
    key: readPem(configuration, `${kind}-key-file`),
    ca: authorities(configuration),
    passphrase: configuration.get(`${kind}-key-file-pass`) || undefined,
    checkServerIdentity: () => undefined,
    ...ciphersAndVersions(configuration),
  };
}

function ciphersAndVersions(configuration: Configuration) {
  const value = (name: string) => configuration.get(name) ?? '';
  const ciphers = [value('tls-ciphersuites'), value('tls-ciphers')].filter((list) => list !== '').join(':');
  return { ciphers: ciphers || undefined, ...protocolRange(value('tls-protocols')) };
}

function authorities(configuration: Configuration): Buffer[] | undefined {
  const folder = configuration.get('tls-ca-cert-dir') ?? '';
  const found = [readPem(configuration, 'tls-ca-cert-file') ?? [], readPemFolder(folder)].flat();
  return found.length === 0 ? undefined : found;
}

function readPem(configuration: Configuration, directive: string): Buffer | undefined {
  const path = configuration.get(directive) ?? '';
  if (path === '') return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    throw new TlsError(`${directive}: ${(error as Error).message}`);
  }
}

/** The certificates of a folder as OpenSSL wants it: named by the hashes of their subjects (`openssl rehash`). */
function readPemFolder(path: string): Buffer[] {
  if (path === '') return [];
  try {
    const names = readdirSync(path).filter((name) => /^[0-9a-f]{8}\.\d+$/.test(name));
    return names.map((name) => readFileSync(join(path, name)));
  } catch (error) {
    throw new TlsError(`tls-ca-cert-dir: ${(error as Error).message}`);
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
