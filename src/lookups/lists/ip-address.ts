import { isIPv4, isIPv6 } from 'node:net';

/** An address as 32-bit words, most significant first: one for IPv4, four for IPv6. */
export type AddressWords = readonly number[];

export interface Network {
  readonly words: AddressWords;
  /** Bits. */
  readonly prefix: number;
}

/** Undefined for what is no address. An IPv6 zone is none. */
export function parseAddress(text: string): AddressWords | undefined {
  if (isIPv4(text)) return [ipv4Word(text)];
  return isIPv6(text) && !text.includes('%') ? ipv6Words(text) : undefined;
}

/** An address or address/prefix, the address in brackets or not; a text says what is wrong. */
export function parseNetwork(text: string): Network | string {
  const parts = /^(\[?)([^/[\]]+)(\]?)(?:\/(\d{1,3}))?$/.exec(text);
  const words =
    parts !== null && (parts[1] === '') === (parts[3] === '') ? parseAddress(parts[2] as string) : undefined;
  if (parts === null || words === undefined) return 'expected an address, or a network as in 192.0.2.0/24';
  const bits = words.length * 32;
  const prefix = parts[4] === undefined ? bits : Number(parts[4]);
  if (prefix > bits) return `expected a prefix length from 0 to ${bits}`;
  const masked = words.map((word, i) => (word & maskOf(prefix - i * 32)) >>> 0);
  if (masked.some((word, i) => word !== words[i])) {
    return `the address has bits beyond its prefix: ${formatAddress(masked)}/${prefix} is the network`;
  }
  return { words, prefix };
}

/** The last address of a network. */
export function lastOf({ words, prefix }: Network): AddressWords {
  return words.map((word, i) => (word | ~maskOf(prefix - i * 32)) >>> 0);
}

export function compareAddresses(a: AddressWords, b: AddressWords): number {
  for (const [i, word] of a.entries()) {
    const difference = word - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The address behind another; undefined behind the last one. */
export function successor(words: AddressWords): AddressWords | undefined {
  const next = [...words];
  for (let i = next.length - 1; i >= 0; i--) {
    next[i] = ((next[i] as number) + 1) >>> 0;
    if (next[i] !== 0) return next;
  }
  return undefined;
}

function maskOf(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? 0xffffffff : (0xffffffff << (32 - bits)) >>> 0;
}

function ipv4Word(text: string): number {
  return text.split('.').reduce((word, octet) => word * 256 + Number(octet), 0);
}

function ipv6Words(text: string): AddressWords {
  const [head = '', tail] = text.split('::');
  const front = hextets(head);
  const back = tail === undefined ? [] : hextets(tail);
  const all = [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back];
  return [0, 2, 4, 6].map((i) => (all[i] as number) * 65_536 + (all[i + 1] as number));
}

function hextets(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((part) => {
    if (!part.includes('.')) return [Number.parseInt(part, 16)];
    const word = ipv4Word(part);
    return [word >>> 16, word & 0xffff];
  });
}

function formatAddress(words: AddressWords): string {
  if (words.length === 1) return [24, 16, 8, 0].map((shift) => ((words[0] as number) >>> shift) & 0xff).join('.');
  const parts = words.flatMap((word) => [(word >>> 16).toString(16), (word & 0xffff).toString(16)]);
  // The longest end of zeros is what a network has.
  while (parts.length > 0 && parts.at(-1) === '0') parts.pop();
  return parts.length === 8 ? parts.join(':') : `${parts.join(':')}::`;
}
