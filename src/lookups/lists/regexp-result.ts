import type { RE2JS } from 're2js';

/** The result of a rule: text, with what groups of its pattern matched where `$1`, `${1}` or `$(1)` stands. */
export interface ResultTemplate {
  fill(pattern: RE2JS, key: string, encoding: KeyEncoding): Buffer;
}

/** How the key became text. */
export type KeyEncoding = 'utf8' | 'latin1';

/** What is wrong with it, as text. `groups` is how many the pattern has. */
export function compileResult(result: string, groups: number): ResultTemplate | string {
  const parts = partsOf(result);
  if (typeof parts === 'string') return parts;
  const missing = parts.find((part) => typeof part === 'number' && (part < 1 || part > groups));
  if (missing !== undefined) return `there is no group ${String(missing)}: the pattern has ${groups}`;
  if (parts.every((part) => typeof part !== 'number')) {
    const value = Buffer.concat(parts);
    return { fill: () => value };
  }
  return { fill: (pattern, key, encoding) => fill(parts, pattern, key, encoding) };
}

type Part = Buffer | number;

function partsOf(result: string): Part[] | string {
  const parts: Part[] = [];
  // Every second piece is what follows a dollar sign.
  const pieces = result.split(/\$(\$|\d+|\{\d+\}|\(\d+\)|)/);
  for (const [i, piece] of pieces.entries()) {
    if (i % 2 === 0 || piece === '$') parts.push(Buffer.from(piece, 'latin1'));
    else if (piece === '') return '"$" stands before the number of a group; a dollar sign is "$$"';
    else parts.push(Number(piece.replace(/\D/g, '')));
  }
  return parts;
}

function fill(parts: readonly Part[], pattern: RE2JS, key: string, encoding: KeyEncoding): Buffer {
  const matcher = pattern.matcher(key);
  const matched = matcher.find();
  const groupText = (group: number) => (matched ? (matcher.group(group) ?? '') : '');
  return Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.from(groupText(part), encoding) : part)));
}
