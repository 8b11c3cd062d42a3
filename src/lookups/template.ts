import { quoteLocalPart, splitAddress } from './address.js';

/**
 * Key templates: %s the whole key, %u its local part, %d its domain, %% a percent sign; the rest stands for
 * itself. As in Postfix's ldap_table(5), a key that lacks a part the template asks for is not looked up at
 * all: %d needs a domain, %u anything but an empty local part (a key without "@" is its own local part).
 */
export interface Template {
  /** Null when the key lacks a part. */
  fill(key: Buffer): Buffer | null;
}

type Part = Buffer | 's' | 'u' | 'd';

/** Throws TypeError for any other letter after a percent sign: the configuration has refused it before. */
export function compileTemplate(text: string): Template {
  const parts = parse(text);
  if (parts.length === 1 && parts[0] === 's') return { fill: (key) => key };
  return { fill: (key) => fill(parts, key) };
}

function parse(text: string): Part[] {
  const parts: Part[] = [];
  let literal = '';
  const endLiteral = () => {
    if (literal !== '') parts.push(Buffer.from(literal, 'utf8'));
    literal = '';
  };
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== '%') {
      literal += text[i];
      continue;
    }
    const letter = text[++i];
    if (letter === '%') literal += '%';
    else if (letter === 's' || letter === 'u' || letter === 'd') {
      endLiteral();
      parts.push(letter);
    } else throw new TypeError(`key template "${text}": %${letter ?? ''} means nothing; use %s, %u, %d or %%`);
  }
  endLiteral();
  return parts;
}

function fill(parts: readonly Part[], key: Buffer): Buffer | null {
  const filled: Buffer[] = [];
  for (const part of parts) {
    const bytes = typeof part === 'string' ? partOf(key, part) : part;
    if (bytes === null) return null;
    filled.push(bytes);
  }
  return Buffer.concat(filled);
}

function partOf(key: Buffer, part: 's' | 'u' | 'd'): Buffer | null {
  if (part === 's') return key;
  const { localPart, domain } = splitAddress(key);
  if (part === 'd') return domain === undefined || domain.length === 0 ? null : domain;
  return localPart.length === 0 ? null : quoteLocalPart(localPart);
}

/** What stands before and behind the only %s of a template; undefined for any other template. */
export function affixesOf(text: string): { readonly prefix: Buffer; readonly suffix: Buffer } | undefined {
  const parts = parse(text);
  const at = parts.indexOf('s');
  const affixes = [parts.slice(0, at), parts.slice(at + 1)].map((side) =>
    side.filter((part) => typeof part !== 'string'),
  );
  const [before, behind] = affixes as [Buffer[], Buffer[]];
  if (at === -1 || before.length + behind.length + 1 !== parts.length) return undefined;
  return { prefix: Buffer.concat(before), suffix: Buffer.concat(behind) };
}
