import { expect, it } from 'vitest';
import { Server } from '../../../../src/server/server.js';
import { serverTlsOptions } from '../../../../src/server/tls-options.js';
import { createCertificates } from '../../../harness/certificates.js';
import { temporaryFolder } from '../../../harness/folder.js';
import { until } from '../../../harness/until.js';

it('watches servers that speak TLS', async () => {
  using folder = temporaryFolder();
  const { files } = createCertificates(folder.path);
  const directives = {
    'tls-cert-file': files.serverCert,
    'tls-key-file': files.serverKey,
    'tls-ca-cert-file': files.ca,
    'tls-replication': 'yes',
  };
  const primary = new Server({ directives, keepsFiles: false });
  const { port = 0 } = await primary.listen({ port: 0, tls: serverTlsOptions(primary.configuration) });
  const sentinel = new Server({
    isSentinel: true,
    directives,
    keepsFiles: false,
    configure: (configuration) =>
      configuration.load('sentinel', ['monitor', 'mymaster', '127.0.0.1', String(port), '1']),
  });
  try {
    await sentinel.listen({ port: 0 });
    const watched = sentinel.sentinel!.primaries.get('mymaster')!;
    await until(() => watched.runId === primary.runId, 'INFO has come');
    expect(watched.link.isDisconnected).toBe(false);
    await until(() => primary.pubsub.channels.has('__sentinel__:hello'), 'it listens for others');
  } finally {
    await sentinel.close();
    await primary.close();
  }
});
