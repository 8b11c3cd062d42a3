import type { ConnectionOptions } from 'node:tls';
import type { TlsConfig } from '../../config/model.js';

/** As Node takes it. */
export function tlsOptions(tls: TlsConfig): ConnectionOptions {
  return {
    rejectUnauthorized: tls.verify,
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls.key === undefined ? {} : { key: tls.key.reveal() }),
    ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
  };
}
