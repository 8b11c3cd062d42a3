import type { ReplyError } from '../../resp/reply.js';
import type { NodeAddress } from './topology-reply.js';

export interface Redirect {
  /** moved: for good. ask: for this command only. */
  readonly kind: 'moved' | 'ask';
  readonly slot: number;
  readonly address: NodeAddress;
}

/**
 * Reads `MOVED 3999 127.0.0.1:6381`. An IPv6 address comes without brackets; an empty or unknown (`?`) host
 * means the one that answered (Redis 7, cluster-preferred-endpoint-type unknown-endpoint).
 */
export function parseRedirect(error: ReplyError, answeredBy: string): Redirect | undefined {
  const match = /^(MOVED|ASK) (\d{1,5}) (.*):(\d{1,5})$/.exec(error.message);
  if (match === null) return undefined;
  const [, kind, slot, text, port] = match;
  const host = text!.replace(/^\[(.*)\]$/, '$1');
  return {
    kind: kind === 'MOVED' ? 'moved' : 'ask',
    slot: Number(slot),
    address: { host: host === '' || host === '?' ? answeredBy : host, port: Number(port) },
  };
}
