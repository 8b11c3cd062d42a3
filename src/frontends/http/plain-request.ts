import { type FrameDecoder, OtherProtocol } from '../../net/framing.js';

/**
 * Recognises the requests that make up the load: a whole GET or HEAD of `/lookup/…` by HTTP/1.1 without a body, with
 * nothing in its headers that concerns the connection. It is a narrow part of RFC 9112's grammar, without any of what
 * that lets a server tolerate: everything else, be it right or wrong, and a request that did not come in one piece,
 * is OtherProtocol. Node's server decides about it, so no request is understood in two ways.
 */
export interface PlainRequest {
  /** As in the request line. */
  readonly target: string;
  /** HEAD: the answer is without its body. */
  readonly isHead: boolean;
}

/** Far below where Node's server refuses a head. */
const LONGEST_HEAD = 4_096;

export class PlainRequestDecoder implements FrameDecoder<PlainRequest> {
  #bytes: Buffer = EMPTY;
  #at = 0;

  push(chunk: Buffer): void {
    const isRead = this.#at === this.#bytes.length;
    this.#bytes = isRead ? chunk : Buffer.concat([this.#bytes.subarray(this.#at), chunk]);
    this.#at = 0;
  }

  next(): PlainRequest | null {
    const bytes = this.#bytes;
    const start = this.#at;
    if (start === bytes.length) return null;
    const isHead = bytes[start] === HEAD[0];
    const method = isHead ? HEAD : GET;
    const target = start + method.length - LOOKUP_LENGTH;
    const targetEnd = isAt(bytes, start, method) ? skip(bytes, start + method.length, IN_TARGET) : start;
    const end = isAt(bytes, targetEnd, VERSION) ? endOfHeaders(bytes, targetEnd + VERSION.length) : -1;
    if (end === -1 || end - start > LONGEST_HEAD) throw new OtherProtocol(bytes.subarray(start));
    if (end === bytes.length) this.#bytes = EMPTY;
    this.#at = end === bytes.length ? 0 : end;
    return { target: bytes.latin1Slice(target, targetEnd), isHead };
  }
}

/** Where the headers end, their empty line included; -1 when they are not plain. */
function endOfHeaders(bytes: Buffer, start: number): number {
  let hosts = 0;
  let at = start;
  while (bytes[at] !== CR) {
    const colon = skip(bytes, at, IN_NAME);
    if (colon === at || bytes[colon] !== COLON) return -1;
    const end = skip(bytes, colon + 1, IN_VALUE);
    if (bytes[end] !== CR || bytes[end + 1] !== LF) return -1;
    if (isNamed(bytes, at, colon, 'host')) hosts++;
    else if (concernsConnection(bytes, at, colon, end)) return -1;
    at = end + 2;
  }
  return bytes[at + 1] === LF && hosts === 1 ? at + 2 : -1;
}

/** Whether it is a header by which a body comes, or the connection becomes or is something else. */
function concernsConnection(bytes: Buffer, start: number, colon: number, end: number): boolean {
  switch (colon - start) {
    case 6:
      return isNamed(bytes, start, colon, 'expect');
    case 7:
      return isNamed(bytes, start, colon, 'upgrade');
    case 10:
      return isNamed(bytes, start, colon, 'connection') && !isNamed(bytes, colon + 1, end, ' keep-alive');
    case 14:
      return isNamed(bytes, start, colon, 'content-length');
    case 16:
      return isNamed(bytes, start, colon, 'proxy-connection');
    case 17:
      return isNamed(bytes, start, colon, 'transfer-encoding');
    default:
      return false;
  }
}

/** Whether these bytes are the text, which is in lower case, in letters of any case. */
function isNamed(bytes: Buffer, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false;
  for (let i = 0; i < text.length; i++) {
    const byte = bytes[start + i]!;
    const lower = byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
    if (lower !== text.charCodeAt(i)) return false;
  }
  return true;
}

function isAt(bytes: Buffer, at: number, what: Buffer): boolean {
  for (let i = 0; i < what.length; i++) if (bytes[at + i] !== what[i]) return false;
  return true;
}

/** Where the bytes of a class end. */
function skip(bytes: Buffer, start: number, within: Uint8Array): number {
  let at = start;
  while (at < bytes.length && within[bytes[at]!] === 1) at++;
  return at;
}

function classOf(contains: (character: string) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (byte < 0x80 && contains(String.fromCharCode(byte)) ? 1 : 0));
}

/** RFC 3986's pchar, slash and question mark. */
const IN_TARGET = classOf((character) => /[\w.~!$&'()*+,;=:@%/?-]/.test(character));
/** RFC 9110's token. */
const IN_NAME = classOf((character) => /[\w!#$%&'*+.^`|~-]/.test(character));
const IN_VALUE = classOf((character) => /[\t\x20-\x7e]/.test(character));

const EMPTY = Buffer.alloc(0);
const LOOKUP_LENGTH = '/lookup/'.length;
const GET = Buffer.from('GET /lookup/');
const HEAD = Buffer.from('HEAD /lookup/');
const VERSION = Buffer.from(' HTTP/1.1\r\n');
const [CR, LF, COLON] = [0x0d, 0x0a, 0x3a];
