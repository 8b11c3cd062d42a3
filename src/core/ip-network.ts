import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/**
 * The network an address lies in, as text: "192.0.2.0/24". Senders come back from a neighbour of the address they
 * came from first, so what is remembered of them is their network. An IPv4 address in IPv6's clothes
 * (::ffff:192.0.2.1) is an IPv4 address. With all bits it is the address alone, in its one canonical spelling; what
 * is no address (Postfix says "unknown") stays as it is, in lower case.
 */
export function networkOf(address: string, bitsOfIPv4: number, bitsOfIPv6: number): string {
  const plain = plainIPv4(address);
  if (plain !== undefined) return bitsOfIPv4 >= 32 ? address : networkOfIPv4(plain, bitsOfIPv4);
  const [bare = ''] = address.split('%', 1);
  if (isIP(bare) === 0) return address.toLowerCase();
  const parsed = ipaddr.process(bare);
  const bits = parsed.kind() === 'ipv4' ? bitsOfIPv4 : bitsOfIPv6;
  const bytes = parsed.toByteArray();
  if (bits >= bytes.length * 8) return parsed.toString();
  return `${ipaddr.fromByteArray(bytes.map((byte, i) => byte & maskOf(bits - i * 8)))}/${bits}`;
}

/** What most addresses are, at a tenth of what reading any address takes: undefined for all others. */
function plainIPv4(text: string): number | undefined {
  let value = 0;
  let byte = -1;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === DOT) {
      if (byte === -1 || ++dots > 3) return undefined;
      value = value * 256 + byte;
      byte = -1;
    } else {
      // No leading zero: some take such a number for an octal one.
      if (code < ZERO || code > NINE || byte === 0) return undefined;
      byte = (byte === -1 ? 0 : byte * 10) + code - ZERO;
      if (byte > 255) return undefined;
    }
  }
  return dots === 3 && byte !== -1 ? value * 256 + byte : undefined;
}

function networkOfIPv4(address: number, bits: number): string {
  const masked = bits <= 0 ? 0 : address & (-1 << (32 - bits));
  return `${masked >>> 24}.${(masked >>> 16) & 255}.${(masked >>> 8) & 255}.${masked & 255}/${bits}`;
}

const [DOT, ZERO, NINE] = [0x2e, 0x30, 0x39];

/** The mask of one byte of which so many leading bits count. */
function maskOf(bits: number): number {
  return bits >= 8 ? 0xff : bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff;
}
