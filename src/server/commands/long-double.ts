/**
 * Decimal arithmetic with the result that C's 80-bit `long double` gives on x86-64 (a mantissa of 64 bits,
 * rounded half to even), which INCRBYFLOAT and HINCRBYFLOAT promise: 0.1 + 0.2 is 0.3. Exponents are bounded
 * as there, denormals are not imitated.
 */

/** `mantissa * 2^exponent`; exact. */
interface LongDouble {
  readonly mantissa: bigint;
  readonly exponent: number;
}

/**
 * The sum as Redis prints it (17 digits after the point, trailing zeros dropped); undefined when one of the
 * texts is no number, 'infinite' when one is an infinity.
 */
export function addDecimals(a: string, b: string): string | 'infinite' | undefined {
  const [first, second] = [parse(a), parse(b)];
  if (first === undefined || second === undefined) return undefined;
  if (first === 'infinite' || second === 'infinite') return 'infinite';
  return print(add(first, second));
}

/** Characters: a longer text is no number, as in Redis. */
export const LONGEST_DECIMAL = 5 * 1024 - 1;

const MANTISSA_BITS = 64;
const MAX_DECIMAL_EXPONENT = 4932;

function parse(text: string): LongDouble | 'infinite' | undefined {
  if (text.length > LONGEST_DECIMAL) return undefined;
  if (/^[+-]?inf(?:inity)?$/i.test(text)) return 'infinite';
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i.exec(text);
  if (!match) return parseHexadecimal(text);
  const [, sign, whole = '', fraction = '', exponentText = '0'] = match;
  const digits = BigInt(`0${whole}${fraction}`);
  if (whole + fraction === '') return undefined;
  if (digits === 0n) return { mantissa: 0n, exponent: 0 };
  const exponent = Number(exponentText) - fraction.length;
  const magnitude = digits.toString().length + exponent;
  if (Math.abs(magnitude) > MAX_DECIMAL_EXPONENT) return undefined;
  const value = sign === '-' ? -digits : digits;
  return exponent >= 0 ? round(value * 10n ** BigInt(exponent), 0) : divide(value, 10n ** BigInt(-exponent));
}

function parseHexadecimal(text: string): LongDouble | undefined {
  const match = /^([+-]?)0x([\da-f]*)(?:\.([\da-f]*))?(?:p([+-]?\d{1,4}))?$/i.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  if (whole + fraction === '') return undefined;
  const digits = BigInt(`0x0${whole}${fraction}`);
  return round(sign === '-' ? -digits : digits, Number(exponent) - fraction.length * 4);
}

/** The quotient, rounded: computed with enough bits that only the sticky last one can be wrong. */
function divide(numerator: bigint, denominator: bigint): LongDouble {
  const shift = Math.max(0, bitLength(denominator) - bitLength(numerator) + MANTISSA_BITS + 2);
  const scaled = abs(numerator) << BigInt(shift);
  const quotient = scaled / denominator;
  const sticky = scaled % denominator === 0n ? 0n : 1n;
  const value = (quotient << 1n) | sticky;
  return round(numerator < 0n ? -value : value, -shift - 1);
}

function add(a: LongDouble, b: LongDouble): LongDouble {
  const exponent = Math.min(a.exponent, b.exponent);
  const align = ({ mantissa, exponent: own }: LongDouble) => mantissa << BigInt(own - exponent);
  return round(align(a) + align(b), exponent);
}

/** To 64 bits of mantissa, ties to even. */
function round(value: bigint, exponent: number): LongDouble {
  const excess = bitLength(value) - MANTISSA_BITS;
  if (excess <= 0) return { mantissa: value, exponent };
  const rounded = shiftRounding(abs(value), BigInt(excess));
  return { mantissa: value < 0n ? -rounded : rounded, exponent: exponent + excess };
}

function print({ mantissa, exponent }: LongDouble): string {
  const scaled = abs(mantissa) * 10n ** 17n;
  const units = exponent >= 0 ? scaled << BigInt(exponent) : shiftRounding(scaled, BigInt(-exponent));
  const digits = units.toString().padStart(18, '0');
  const text = `${digits.slice(0, -17)}.${digits.slice(-17)}`.replace(/\.?0+$/, '');
  return mantissa < 0n && units !== 0n ? `-${text}` : text;
}

function shiftRounding(value: bigint, bits: bigint): bigint {
  const quotient = value >> bits;
  const rest = value - (quotient << bits);
  const half = 1n << (bits - 1n);
  return rest > half || (rest === half && (quotient & 1n) === 1n) ? quotient + 1n : quotient;
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : abs(value).toString(2).length;
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}
