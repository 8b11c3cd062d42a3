/**
 * Decodes names that come again and again, such as that of the map in each request: bytes that were seen before are
 * compared instead of decoded, and the text that is given back has its hash already, for a Map to find it by.
 */
export class RepeatedText {
  readonly #seen: (Seen | undefined)[] = new Array<Seen | undefined>(PLACES).fill(undefined);

  /** The UTF-8 text from `start` to `end`. */
  read(bytes: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length === 0 || length > LONGEST) return bytes.toString('utf8', start, end);
    const place = (length + bytes[start]! + bytes[end - 1]! * 7) % PLACES;
    const seen = this.#seen[place];
    if (seen !== undefined && isSame(seen.bytes, bytes, start, length)) return seen.text;
    const text = bytes.toString('utf8', start, end);
    this.#seen[place] = { bytes: Uint8Array.from(bytes.subarray(start, end)), text };
    return text;
  }
}

const PLACES = 32;
/** Above this comparing is no faster than decoding. */
const LONGEST = 64;

interface Seen {
  readonly bytes: Uint8Array;
  readonly text: string;
}

function isSame(seen: Uint8Array, bytes: Buffer, start: number, length: number): boolean {
  if (seen.length !== length) return false;
  for (let i = 0; i < length; i++) if (seen[i] !== bytes[start + i]) return false;
  return true;
}
