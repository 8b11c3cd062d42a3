import { isIP, Socket } from 'node:net';
import type { Server } from './server.js';

/** Connects from `bind-source-addr`, if there is one; a socket that fails at once when that is no address. */
export function connectFrom<Place extends object>(
  { configuration }: Server,
  place: Place,
  connect: (place: Place & { localAddress?: string }) => Socket,
): Socket {
  const source = configuration.get('bind-source-addr') ?? '';
  if (source === '') return connect(place);
  if (isIP(source) !== 0) return connect({ ...place, localAddress: source });
  return new Socket().destroy(new Error(`bind-source-addr is no IP address: ${source}`));
}
