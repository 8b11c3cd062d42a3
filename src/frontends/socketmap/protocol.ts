import { isUtf8 } from 'node:buffer';
import { copyOf } from '../../core/bytes.js';
import { type Outcome, permanent } from '../../core/outcome.js';
import { RepeatedText } from '../../core/repeated-text.js';
import { encodeNetstring, SOCKETMAP_PAYLOAD_LIMIT } from '../../net/netstring.js';
import type { NamedRequest } from '../named-map.js';
import { replyReason } from '../reason.js';

/**
 * Postfix's socketmap_table(5) and Sendmail's socket maps: netstrings, `<map> <key>` asked, `OK <value>`,
 * `NOTFOUND `, `TEMP <reason>` or `PERM <reason>` answered. The space stands even where nothing follows it:
 * Sendmail dies without.
 *
 * What a client cannot take is said so instead of being passed on: an empty value is not found; a value
 * with a NUL (it would be cut there), that is not UTF-8, or past the netstring limit is PERM.
 */
const SPACE = 0x20;
const OK = 'OK ';
const mapNames = new RepeatedText();
const NOT_FOUND = encodeNetstring(Buffer.from('NOTFOUND '));

/** A copy of the payload from `start` to `end`; undefined when there is no space between a map and a key. */
export function parseRequest(bytes: Buffer, start: number, end: number): NamedRequest | undefined {
  let space = start;
  while (space < end && bytes[space] !== SPACE) space++;
  if (space === end) return undefined;
  return { map: mapNames.read(bytes, start, space), key: copyOf(bytes, space + 1, end) };
}

/** The reply as a netstring. */
export function encodeReply(outcome: Outcome): Buffer {
  switch (outcome.kind) {
    case 'found':
      return encodeValue(outcome.value);
    case 'notFound':
      return NOT_FOUND;
    case 'temporary':
      return encodeNetstring(Buffer.from(`TEMP ${replyReason(outcome.reason)}`));
    case 'permanent':
      return encodeNetstring(Buffer.from(`PERM ${replyReason(outcome.reason)}`));
  }
}

function encodeValue(value: Buffer): Buffer {
  if (value.length === 0) return NOT_FOUND;
  if (isShortText(value)) return encodeNetstring(value, OK);
  if (value.length + OK.length > SOCKETMAP_PAYLOAD_LIMIT) return encodeReply(permanent('the value is too long'));
  if (value.includes(0)) return encodeReply(permanent('the value holds a NUL byte'));
  if (!isUtf8(value)) return encodeReply(permanent('the value is not UTF-8'));
  return encodeNetstring(value, OK);
}

/** What most values are, told in one look: ASCII without a NUL. */
function isShortText(value: Buffer): boolean {
  const { length } = value;
  if (length > SHORT) return false;
  let ors = 0;
  for (let i = 0; i < length; i++) {
    const byte = value[i]!;
    if (byte === 0) return false;
    ors |= byte;
  }
  return ors < 0x80;
}

/** Above this calls into the runtime are faster. */
const SHORT = 256;
