import type { Scalar } from '../document.js';

/**
 * A value of a static list, as Stalwart converts it and then shows it: true is "1" and false "0", whole
 * numbers and decimals lose leading zeros and needless ones at the end ("007" is "7"), also when they are
 * written as text; anything else ("1.2.3", "1e5", ".5", what 64 bits cannot hold) stays as it is.
 */
export function convertListValue(text: string): string {
  if (text === 'true') return '1';
  if (text === 'false') return '0';
  if (/^-?\d+$/.test(text)) return isInt64(BigInt(text)) ? String(BigInt(text)) : text;
  if (!/^-?\d+\.\d+$/.test(text)) return text;
  const shown = String(Number(text));
  return shown.includes('e') || shown === 'Infinity' ? text : shown;
}

/** The text of a value that TOML does not write in quotes. */
export function unquotedText(scalar: Scalar): string {
  if (typeof scalar.value === 'boolean') return scalar.value ? '1' : '0';
  const number = typeof scalar.value === 'number' || typeof scalar.value === 'bigint';
  if (number && /^[+-]?0[xob]/.test(scalar.source)) return String(scalar.value);
  return number ? scalar.source.replaceAll('_', '').replace(/^\+/, '') : scalar.source;
}

function isInt64(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}
