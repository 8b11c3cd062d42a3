import { expect, it } from 'vitest';
import { Server } from '../../../../src/server/server.js';
import { createCertificates } from '../../../harness/certificates.js';
import { temporaryFolder } from '../../../harness/folder.js';
import { until } from '../../../harness/until.js';

it('a replica whose key does not fit its certificate says so, and goes on', async () => {
  using folder = temporaryFolder();
  const { ca, clientCert, serverKey } = createCertificates(folder.path);
  const log: string[] = [];
  const server = await Server.start({
    directives: { replicaof: '127.0.0.1 1' },
    primaryTls: { ca, cert: clientCert, key: serverKey },
    log: (_, text) => void log.push(text),
  });
  try {
    const isSaid = () => log.some((text) => /^Unable to connect to MASTER: the TLS settings do not work: ./.test(text));
    await until(isSaid, 'it is said');
    expect(String(server.session({ protocol: 2 }).run('PING'))).toBe('PONG');
  } finally {
    await server.close();
  }
});
