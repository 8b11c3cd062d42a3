import { splitWords } from '../../resp/request-decoder.js';

/**
 * A typed line as redis-cli reads it: words parted by spaces, "…" with \n, \r, \t, \b, \a, \xHH and \", '…' with \'.
 * `open`: a quote is not closed yet, so the next line belongs to it; `wrong`: no more text makes it right.
 */
export type Words =
  | { readonly kind: 'words'; readonly words: readonly Buffer[] }
  | { readonly kind: 'open' }
  | { readonly kind: 'wrong' };

export function readWords(text: string): Words {
  const bytes = Buffer.from(text).toString('latin1');
  const words = splitWords(bytes);
  if (words !== undefined) return { kind: 'words', words: words.map((word) => Buffer.from(word, 'latin1')) };
  const open = ['"', "'"].some((quote) => splitWords(`${bytes}\n${quote}`) !== undefined);
  return { kind: open ? 'open' : 'wrong' };
}

/** The words on one line, to be read again: what the history keeps of a command that went over several. */
export function joinWords(words: readonly Buffer[]): string {
  return words.map(quotedWhereNeeded).join(' ');
}

function quotedWhereNeeded(word: Buffer): string {
  const text = word.toString('latin1');
  if (/^[!#-&(-[\]-~]+$/.test(text)) return text;
  return `"${text.replace(/[^ !#-[\]-~]/g, escaped)}"`;
}

function escaped(char: string): string {
  if (char === '"' || char === '\\') return `\\${char}`;
  return char === '\n' ? '\\n' : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
