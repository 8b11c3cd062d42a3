/**
 * The parts of a key that is a mail address, on bytes, as Postfix takes them apart: the domain follows the
 * last "@"; the extension follows the first character of the recipient delimiter. Keys without "@" are
 * local parts (or bare domains: nobody can tell).
 */

const AT = 0x40;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const DOT = 0x2e;

export interface AddressParts {
  /** Without quoting: `"a b"@d` has the local part `a b`. */
  readonly localPart: Buffer;
  /** Undefined without "@"; may be empty. */
  readonly domain: Buffer | undefined;
}

export function splitAddress(key: Buffer): AddressParts {
  const at = key.lastIndexOf(AT);
  if (at === -1) return { localPart: key, domain: undefined };
  return { localPart: unquote(key.subarray(0, at)), domain: key.subarray(at + 1) };
}

/**
 * The local part without its extension, or undefined when it has none. Postfix's split_addr(3): never to
 * nothing, `user+` is `user` with an empty extension, and postmaster, mailer-daemon and, when "-" is a
 * delimiter, owner-x and x-request stay whole.
 */
export function withoutExtension(localPart: Buffer, delimiters: string): Buffer | undefined {
  const end = localPart.findIndex((byte) => delimiters.includes(String.fromCharCode(byte)));
  if (end <= 0 || isIndivisible(localPart, delimiters)) return undefined;
  return localPart.subarray(0, end);
}

function isIndivisible(localPart: Buffer, delimiters: string): boolean {
  const text = localPart.toString('latin1').toLowerCase();
  if (text === 'postmaster' || text === 'mailer-daemon' || text === 'double-bounce') return true;
  return delimiters.includes('-') && (text.startsWith('owner-') || /.-request$/.test(text));
}

/** The local part as it stands in an address: quoted where RFC 5321 asks for it. */
export function quoteLocalPart(localPart: Buffer): Buffer {
  if (isDotString(localPart)) return localPart;
  const bytes = [QUOTE];
  for (const byte of localPart) {
    if (byte === QUOTE || byte === BACKSLASH) bytes.push(BACKSLASH);
    bytes.push(byte);
  }
  bytes.push(QUOTE);
  return Buffer.from(bytes);
}

function unquote(localPart: Buffer): Buffer {
  if (localPart.length < 2 || localPart[0] !== QUOTE || localPart.at(-1) !== QUOTE) return localPart;
  const bytes: number[] = [];
  for (let i = 1; i < localPart.length - 1; i++) {
    if (localPart[i] === BACKSLASH && i + 1 < localPart.length - 1) i++;
    bytes.push(localPart[i] as number);
  }
  return Buffer.from(bytes);
}

const SPECIALS = new Set(Buffer.from('()<>[]:;@\\,"'));

function isDotString(localPart: Buffer): boolean {
  let before = DOT;
  for (const byte of localPart) {
    if (byte <= 0x20 || byte === 0x7f || SPECIALS.has(byte)) return false;
    if (byte === DOT && before === DOT) return false;
    before = byte;
  }
  return before !== DOT;
}
