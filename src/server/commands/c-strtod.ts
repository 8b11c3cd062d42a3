/** The number at `at` as C's strtod reads it; `end` is `at` when there is none. */
export function parseCNumber(bytes: Buffer, at: number): { readonly value: number; readonly end: number } {
  let end = at;
  while (NUMBER_BYTE[bytes[end]!] === 1) end++;
  const match = NUMBER.exec(bytes.latin1Slice(at, end));
  if (match === null) return { value: 0, end: at };
  return { value: numberOf(match[0]), end: at + match[0].length };
}

/** A whole text as strtod reads it, undefined when something is left over. */
export function parseCText(text: string): number | undefined {
  const match = NUMBER.exec(text);
  return match !== null && match[0].length === text.length ? numberOf(text) : undefined;
}

function numberOf(text: string): number {
  const plain = text.replace(/^[+-]/, '').toLowerCase();
  const sign = text.startsWith('-') ? -1 : 1;
  if (plain.startsWith('0x')) return sign * hexadecimal(plain.slice(2));
  if (plain.startsWith('inf')) return sign * Number.POSITIVE_INFINITY;
  if (plain.startsWith('nan')) return Number.NaN;
  return sign * Number(plain);
}

function hexadecimal(text: string): number {
  const [digits, exponent] = text.split('p') as [string, string | undefined];
  const [whole, fraction = ''] = digits.split('.') as [string, string | undefined];
  return Number(BigInt(`0x${whole}${fraction}`)) * 2 ** (Number(exponent ?? 0) - fraction.length * 4);
}

const NUMBER =
  /^[+-]?(?:0x(?:[0-9a-f]+(?:\.[0-9a-f]*)?|\.[0-9a-f]+)(?:p[+-]?\d+)?|(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|nan(?:\([0-9a-z_]*\))?)/i;

const NUMBER_BYTE = new Uint8Array(256);
for (const c of '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+-._()')
  NUMBER_BYTE[c.charCodeAt(0)] = 1;
