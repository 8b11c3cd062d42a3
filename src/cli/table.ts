import Table from 'cli-table3';
import type { Output } from './terminal.js';

const NO_LINES = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right']
    .concat(['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'])
    .map((part) => [part, '']),
);

const ALIGNED = { chars: NO_LINES, style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 } };

/** Columns under a header, aligned by spaces: for people, and for awk. Columns of numbers end on one line. */
export function printTable(output: Output, header: readonly string[], rows: readonly (readonly string[])[]): void {
  const colAligns = header.map((_, i) => (rows.every((row) => isNumber(row[i])) ? 'right' : 'left'));
  const table = new Table({ ...ALIGNED, colAligns, head: header.map((name) => output.colors.dim(name)) });
  table.push(...rows.map((row) => [...row]));
  for (const line of table.toString().split('\n')) output.write(`${line.trimEnd()}\n`);
}

function isNumber(cell: string | undefined): boolean {
  return cell !== undefined && /^(-|[\d.]+( m?s)?)$/.test(cell);
}
