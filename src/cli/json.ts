import type { Output } from './terminal.js';

/** One line of JSON. Integers that a double cannot hold are strings. */
export function printJson(output: Output, value: unknown): void {
  output.write(`${JSON.stringify(value, integers)}\n`);
}

/** The same on several lines, for what people read too. */
export function printLongJson(output: Output, value: unknown): void {
  output.write(`${JSON.stringify(value, integers, 2)}\n`);
}

function integers(_: string, value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}
