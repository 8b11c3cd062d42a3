import type { ByteString } from '../resp/args.js';

/** As Redis prints any bytes in one line. */
export function quoted(bytes: ByteString): string {
  const inner = bytes.replace(/[^ !#-[\]-~]/g, (char) => ESCAPES[char] ?? `\\x${hex(char)}`);
  return `"${inner}"`;
}

function hex(char: string): string {
  return char.charCodeAt(0).toString(16).padStart(2, '0');
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\x07': '\\a',
  '\b': '\\b',
};
