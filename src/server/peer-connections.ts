import { connect, isIP, Socket, type TcpNetConnectOpts } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Server } from './server.js';
import { clientTlsOptions, TlsError } from './tls-options.js';

interface Place {
  readonly host: string;
  readonly port: number;
}

/** To a primary, or to what a sentinel watches: by TLS with `tls-replication` or `primaryTls`, a TLSSocket then. Throws TlsError. */
export function connectToPeer(server: Server, place: Place): Socket {
  const { configuration, primaryTls } = server;
  if (primaryTls === undefined && configuration.get('tls-replication') !== 'yes') return connectPlain(server, place);
  const secured = { ...place, ...(primaryTls ?? clientTlsOptions(configuration)) };
  return fromSource(server, (source) => {
    try {
      return connectTls({ ...secured, ...source });
    } catch (error) {
      // A key without its passphrase, or for another certificate.
      throw new TlsError(`the TLS settings do not work: ${(error as Error).message}`);
    }
  });
}

/** Without TLS: to the bus of another node. */
export function connectPlain(server: Server, place: Place): Socket {
  const open = (at: TcpNetConnectOpts) => server.interceptor?.connect(at) ?? connect(at);
  return fromSource(server, (source) => open({ ...place, ...source }));
}

/** From `bind-source-addr`, if there is one; a socket that fails at once when that is no address. */
function fromSource({ configuration }: Server, open: (source: { readonly localAddress?: string }) => Socket): Socket {
  const source = configuration.get('bind-source-addr') ?? '';
  if (source === '') return open({});
  if (isIP(source) !== 0) return open({ localAddress: source });
  return new Socket().destroy(new Error(`bind-source-addr is no IP address: ${source}`));
}
