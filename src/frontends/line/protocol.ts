import { type Outcome, permanent } from '../../core/outcome.js';
import { RepeatedText } from '../../core/repeated-text.js';
import type { NamedRequest } from '../named-map.js';
import { replyReason } from '../reason.js';

/**
 * Socketmap in lines, as OpenSMTPD's table-socketmap and Exim's readsocket ask it: `<map> <key>` and LF asked,
 * `OK <value>`, `NOTFOUND `, `TEMP <reason>` or `PERM <reason>` and LF answered. The space stands even where
 * nothing follows it: table-socketmap compares it.
 *
 * What one line cannot carry is said so: an empty value is not found (OpenSMTPD dies of it); a value with a
 * line break or a NUL, or one past the limit, is PERM.
 */
/** The longest line either way, its LF included: table-socketmap's buffer. */
export const LINE_LIMIT = 100_001;

const [LF, CR, SPACE] = [0x0a, 0x0d, 0x20];
const OK = Buffer.from('OK ');
const END = Buffer.of(LF);
const mapNames = new RepeatedText();
const NOT_FOUND = Buffer.from('NOTFOUND \n');

/** Takes a line without its LF; a CR before it is not part of the key. Undefined without a space between map and key. */
export function parseRequest(line: Buffer): NamedRequest | undefined {
  const space = line.indexOf(SPACE);
  if (space === -1) return undefined;
  const end = line.at(-1) === CR ? line.length - 1 : line.length;
  return { map: mapNames.read(line, 0, space), key: line.subarray(space + 1, end) };
}

/** The whole reply line. */
export function encodeReply(outcome: Outcome): Buffer {
  switch (outcome.kind) {
    case 'found':
      return encodeValue(outcome.value);
    case 'notFound':
      return NOT_FOUND;
    case 'temporary':
      return Buffer.from(`TEMP ${replyReason(outcome.reason)}\n`);
    case 'permanent':
      return Buffer.from(`PERM ${replyReason(outcome.reason)}\n`);
  }
}

function encodeValue(value: Buffer): Buffer {
  if (value.length === 0) return NOT_FOUND;
  if (OK.length + value.length + END.length > LINE_LIMIT) return encodeReply(permanent('the value is too long'));
  if (value.includes(LF) || value.includes(CR)) return encodeReply(permanent('the value holds a line break'));
  if (value.includes(0)) return encodeReply(permanent('the value holds a NUL byte'));
  return Buffer.concat([OK, value, END]);
}
