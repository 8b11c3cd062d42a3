import { mkdirSync, writeFileSync } from 'node:fs';
import { Redis, type RedisOptions } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { ListenError, listenAsConfigured } from '../../src/server/launch.js';
import { Server } from '../../src/server/server.js';
import { type Certificates, createCertificates } from '../harness/certificates.js';
import { temporaryFolder } from '../harness/folder.js';
import { freePorts } from '../harness/ports.js';

type TlsSettings = NonNullable<RedisOptions['tls']>;

async function withTls(
  directives: Readonly<Record<string, string>>,
  use: (client: (tls: TlsSettings) => Promise<string>, certificates: Certificates) => Promise<void>,
): Promise<void> {
  using folder = temporaryFolder();
  const certificates = createCertificates(folder.path);
  const { files } = certificates;
  const [port = 0] = await freePorts(1);
  const server = await Server.start({
    directives: {
      port: '0',
      'tls-port': String(port),
      'tls-cert-file': files.serverCert,
      'tls-key-file': files.serverKey,
      'tls-ca-cert-file': files.ca,
      ...directives,
    },
  });
  const ping = async (tls: TlsSettings) => {
    const redis = new Redis({ port, tls, retryStrategy: () => null, lazyConnect: true });
    redis.on('error', () => undefined);
    try {
      await redis.connect();
      return await redis.ping();
    } finally {
      redis.disconnect();
    }
  };
  try {
    await listenAsConfigured(server);
    await use(ping, certificates);
  } finally {
    await server.close();
  }
}

describe('the bundled server over TLS', () => {
  it('asks for a client certificate unless told otherwise', async () => {
    await withTls({}, async (ping, { ca, clientCert, clientKey }) => {
      expect(await ping({ ca, cert: clientCert, key: clientKey })).toBe('PONG');
      await expect(ping({ ca })).rejects.toThrow();
      await expect(ping({ ca: clientCert, cert: clientCert, key: clientKey })).rejects.toThrow();
    });
  });

  it('takes clients without one when it is optional, but none with a wrong one', async () => {
    using folder = temporaryFolder();
    const stranger = createCertificates(folder.path);
    await withTls({ 'tls-auth-clients': 'optional' }, async (ping, { ca, clientCert, clientKey }) => {
      expect(await ping({ ca })).toBe('PONG');
      expect(await ping({ ca, cert: clientCert, key: clientKey })).toBe('PONG');
      await expect(ping({ ca, cert: stranger.clientCert, key: stranger.clientKey })).rejects.toThrow();
    });
  });

  it('speaks the named versions only', async () => {
    await withTls({ 'tls-auth-clients': 'no', 'tls-protocols': 'TLSv1.3' }, async (ping, { ca }) => {
      expect(await ping({ ca })).toBe('PONG');
      await expect(ping({ ca, maxVersion: 'TLSv1.2' })).rejects.toThrow();
    });
  });

  it('knows authorities from a folder', async () => {
    using folder = temporaryFolder();
    const other = createCertificates(folder.path);
    mkdirSync(folder.file('authorities'));
    writeFileSync(folder.file('authorities/0123abcd.0'), other.ca);
    writeFileSync(folder.file('authorities/README'), 'not one of them');
    const directives = { 'tls-ca-cert-file': '', 'tls-ca-cert-dir': folder.file('authorities') };
    await withTls(directives, async (ping, { ca, clientCert, clientKey }) => {
      expect(await ping({ ca, cert: other.clientCert, key: other.clientKey })).toBe('PONG');
      await expect(ping({ ca, cert: clientCert, key: clientKey })).rejects.toThrow();
    });
  });

  it.each([
    [{ 'tls-ca-cert-dir': '/nosuch' }, 'tls-ca-cert-dir: ENOENT'],
    [{ 'tls-cert-file': '' }, 'tls-cert-file and tls-key-file have to be named'],
    [{ 'tls-ca-cert-file': '' }, 'tls-ca-cert-file or tls-ca-cert-dir has to be named'],
    [{ 'tls-key-file': '/nosuch' }, 'tls-key-file: ENOENT'],
  ])('does not start on %j', async (directives, message) => {
    const started = withTls(directives, () => Promise.resolve());
    await expect(started).rejects.toThrow(message);
    await expect(started).rejects.toBeInstanceOf(ListenError);
  });
});
