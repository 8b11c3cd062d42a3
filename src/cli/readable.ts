import { isUtf8 } from 'node:buffer';

/**
 * Bytes as a person may see them: text stays text, and what would move the cursor, change the terminal or
 * hide itself (control characters, direction overrides) is escaped. Bytes that are no UTF-8 are shown
 * one by one.
 */
const ESCAPED = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const SPACING = /[\t\n]/g;

/** On one line. */
export function readableLine(bytes: Uint8Array): string {
  return readable(bytes).replace(SPACING, (char) => (char === '\n' ? '\\n' : '\\t'));
}

/** With its own tabs and line ends. */
export function readable(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(buffer)) return buffer.toString('utf8').replace(ESCAPED, escaped);
  return buffer.toString('latin1').replace(/[^\t\n\x20-\x7e]/g, escaped);
}

/** In double quotes, as redis-cli shows a string. */
export function quoted(bytes: Uint8Array): string {
  const text = readable(Buffer.from(Buffer.from(bytes).toString('latin1').replace(/["\\]/g, '\\$&'), 'latin1'));
  return `"${text.replace(SPACING, (char) => (char === '\n' ? '\\n' : '\\t'))}"`;
}

const NAMED: Readonly<Record<string, string>> = { '\r': '\\r', '\b': '\\b', '\x07': '\\a' };

function escaped(char: string): string {
  const code = char.charCodeAt(0);
  const hex = code.toString(16);
  return NAMED[char] ?? (code > 0xff ? `\\u${hex}` : `\\x${hex.padStart(2, '0')}`);
}
