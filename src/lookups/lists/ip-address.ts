import { isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** An address as 32-bit words, most significant first: one for IPv4, four for IPv6. */
export type AddressWords = readonly number[];

export interface Network {
  readonly words: AddressWords;
  /** Bits. */
  readonly prefix: number;
}

/** Undefined for what is no address. An IPv6 zone is none. */
export function parseAddress(text: string): AddressWords | undefined {
  if (!text.includes(':')) {
    const word = ipv4Word(text);
    return word === undefined ? undefined : [word];
  }
  return isIPv6(text) && !text.includes('%') ? ipv6Words(text) : undefined;
}

/** An address or address/prefix, the address in brackets or not; a text says what is wrong. */
export function parseNetwork(text: string): Network | string {
  const slash = text.indexOf('/');
  const words = parseAddress(withoutBrackets(slash === -1 ? text : text.slice(0, slash)));
  if (words === undefined) return 'expected an address, or a network as in 192.0.2.0/24';
  const bits = words.length * 32;
  const prefix = slash === -1 ? bits : prefixLength(text.slice(slash + 1));
  if (prefix === undefined || prefix > bits) return `expected a prefix length from 0 to ${bits}`;
  if (words.every((word, i) => (word & ~maskOf(prefix - i * 32)) === 0)) return { words, prefix };
  const masked = words.map((word, i) => (word & maskOf(prefix - i * 32)) >>> 0);
  return `the address has bits beyond its prefix: ${formatAddress(masked)}/${prefix} is the network`;
}

function withoutBrackets(text: string): string {
  return text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
}

function prefixLength(text: string): number | undefined {
  return /^\d{1,3}$/.test(text) ? Number(text) : undefined;
}

/** Whether a network has an address of its family. */
export function contains({ words, prefix }: Network, address: AddressWords): boolean {
  return words.every((word, i) => ((word ^ (address[i] as number)) & maskOf(prefix - i * 32)) === 0);
}

/** The bits that a word of a network fixes, `bits` of them being left for it. */
export function maskOf(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? 0xffffffff : (0xffffffff << (32 - bits)) >>> 0;
}

/** Four decimal numbers, none with a leading zero: elsewhere that would mean octal. */
function ipv4Word(text: string): number | undefined {
  let word = 0;
  let octet = -1;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit >= 0 && digit <= 9 && octet !== 0) {
      octet = octet === -1 ? digit : octet * 10 + digit;
      if (octet > 255) return undefined;
    } else if (text[i] === '.' && octet !== -1 && dots < 3) {
      word = word * 256 + octet;
      octet = -1;
      dots++;
    } else return undefined;
  }
  return dots === 3 && octet !== -1 ? word * 256 + octet : undefined;
}

function ipv6Words(text: string): AddressWords {
  const { parts } = ipaddr.IPv6.parse(text);
  return [0, 2, 4, 6].map((i) => (parts[i] as number) * 65_536 + (parts[i + 1] as number));
}

function formatAddress(words: AddressWords): string {
  const bytes = words.flatMap((word) => [24, 16, 8, 0].map((shift) => (word >>> shift) & 0xff));
  return ipaddr.fromByteArray(bytes).toString();
}
