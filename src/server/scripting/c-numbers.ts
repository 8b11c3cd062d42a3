/** Numbers as C prints and converts them on x86-64, where JavaScript differs. */

/** printf("%.<precision>g") of a finite number. */
export function formatG(value: number, precision: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 10 ** Math.min(precision, 15)) {
    return Object.is(value, -0) ? '-0' : String(value);
  }
  const [digits, exponentText] = rounded(value, precision).split('e') as [string, string];
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= precision) {
    const sign = exponent < 0 ? '-' : '+';
    return `${withoutZeros(digits)}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  return withoutZeros(positional(digits, exponent));
}

/** toExponential, but halves go to the even digit as in C. */
function rounded(value: number, precision: number): string {
  const text = value.toExponential(precision - 1);
  const next = value.toExponential(precision);
  if (next[next.indexOf('e') - 1] !== '5') return text;
  const exact = value.toExponential(100);
  const point = exact.indexOf('.');
  const isHalf = /^50*$/.test(exact.slice(point + precision, exact.indexOf('e')));
  if (!isHalf) return text;
  const kept = exact.slice(0, point + precision);
  const last = kept[kept.length - 1] === '.' ? kept[kept.length - 2] : kept[kept.length - 1];
  return Number(last) % 2 === 0 ? kept.replace(/\.$/, '') + exact.slice(exact.indexOf('e')) : text;
}

function positional(digits: string, exponent: number): string {
  const sign = digits.startsWith('-') ? '-' : '';
  const all = digits.replace('-', '').replace('.', '');
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${all}`;
  return `${sign}${all.slice(0, exponent + 1)}.${all.slice(exponent + 1)}`;
}

function withoutZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0*$/, '') : text;
}

const SMALLEST = -(2n ** 63n);

/** (long long)value: what does not fit becomes the smallest. */
export function toInt64(value: number): bigint {
  if (!(value < 2 ** 63 && value >= -(2 ** 63))) return SMALLEST;
  return BigInt(Math.trunc(value));
}

/** (unsigned long long)value, as compilers for x86-64 do it: negative numbers wrap. */
export function toUint64(value: number): bigint {
  if (value >= 2 ** 63) return BigInt.asUintN(64, toInt64(value - 2 ** 63) + 2n ** 63n);
  return BigInt.asUintN(64, toInt64(value));
}

/** (long long)value as a number where it is exact, otherwise as a bigint. */
export function toInteger(value: number): number | bigint {
  const whole = Math.trunc(value);
  return Number.isSafeInteger(whole) ? whole + 0 : toInt64(value);
}
