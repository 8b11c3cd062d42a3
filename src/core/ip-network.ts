import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * The network an address lies in, as text: "192.0.2.0/24". Senders come back from a neighbour of the address they
 * came from first, so what is remembered of them is their network. An IPv4 address in IPv6's clothes
 * (::ffff:192.0.2.1) is an IPv4 address. With all bits it is the address alone, in its one canonical spelling; what
 * is no address (Postfix says "unknown") stays as it is, in lower case.
 */
export function networkOf(address: string, bitsOfIPv4: number, bitsOfIPv6: number): string {
  const [bare = ''] = address.split('%', 1);
  if (isIP(bare) === 0) return address.toLowerCase();
  const parsed = ipaddr.process(bare);
  const bits = parsed.kind() === 'ipv4' ? bitsOfIPv4 : bitsOfIPv6;
  const bytes = parsed.toByteArray();
  if (bits >= bytes.length * 8) return parsed.toString();
  return `${ipaddr.fromByteArray(bytes.map((byte, i) => byte & maskOf(bits - i * 8)))}/${bits}`;
}

/** The mask of one byte of which so many leading bits count. */
function maskOf(bits: number): number {
  return bits >= 8 ? 0xff : bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff;
}
