import { CommandError, errors } from '../../../errors.js';
import type { IndexTable } from '../../../keyspace/index-table.js';
import type { Table } from '../../../keyspace/slot-table.js';
import { Type } from '../../../keyspace/value.js';
import type { Call } from '../../call.js';
import { readInteger } from '../../numbers.js';

/**
 * DEBUG HTSTATS and HTSTATS-KEY, laid out as Redis does it. Tables here have no chains: what is told as a chain are the
 * entries whose hashes name the same slot, wherever probing has put them.
 */
export function databaseTables({ args, reply, server }: Call): void {
  const number = readInteger(args, 2);
  const db = server.keyspace.databases[number];
  if (db === undefined) throw new CommandError('ERR Out of range database');
  const texts = [`[Dictionary HT]\n${describe(db.entries.index)}`, `[Expires HT]\n${describe(db.expiring)}`];
  reply.verbatim('txt', texts.join(''));
}

export function keyTable({ args, db, reply }: Call): void {
  const ref = db.peek(args, 2);
  if (ref === 0) throw errors.noSuchKey;
  const index = db.type(ref) === Type.string ? undefined : db.collection(ref).index;
  if (index === undefined) throw NO_TABLE;
  // Only commands on the key move its entries, and who asks again and again until it has settled may send none.
  while (!index.step(STEP));
  reply.verbatim('txt', describe(index));
}

const NO_TABLE = new CommandError('ERR The value stored at the specified key is not represented using an hash table');

/** While it is resized there are two: the one entries are moved from is the main one. */
function describe({ current, previous }: IndexTable): string {
  const main = statistics(previous ?? current, 0, 'main hash table');
  return previous === undefined ? main : main + statistics(current, 1, 'rehashing target');
}

function statistics(table: Table, number: number, role: string): string {
  const title = `Hash table ${number} stats (${role}):\n`;
  if (table.used === 0) return `${title}No stats available for empty dictionaries\n`;
  const size = table.mask + 1;
  const byLength = chainLengths(table);
  const slots = size - byLength[0]!;
  const average = (table.used / slots).toFixed(2);
  const lines = [
    `table size: ${size}`,
    `number of elements: ${table.used}`,
    `different slots: ${slots}`,
    `max chain length: ${byLength.length - 1}`,
    `avg chain length (counted): ${average}`,
    `avg chain length (computed): ${average}`,
    'Chain length distribution:',
  ];
  const shares = [...byLength.slice(0, SHOWN_LENGTHS).entries()]
    .filter(([, count]) => count > 0)
    .map(([length, count]) => `   ${length}: ${count} (${((count / size) * 100).toFixed(2)}%)\n`);
  return `${title}${lines.map((line) => ` ${line}\n`).join('')}${shares.join('')}`;
}

/** How many slots are named by so many entries, by that number. */
function chainLengths(table: Table): number[] {
  const chains = new Uint32Array(table.mask + 1);
  table.forEachHash((hash) => {
    chains[hash & table.mask]!++;
  });
  const byLength: number[] = [];
  for (const length of chains) {
    while (byLength.length <= length) byLength.push(0);
    byLength[length]!++;
  }
  return byLength;
}

const STEP = 1024;
const SHOWN_LENGTHS = 49;
