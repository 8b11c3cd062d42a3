import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { executable } from './programs.js';
import { parseLine, type RawClient } from './raw-client.js';
import { until } from './until.js';

/** Our server and a real redis-server as commands, and what is asked of both at once. */

export const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
export const OURS: readonly string[] = [process.execPath, '--import', import.meta.resolve('tsx'), MAIN, 'server'];
export const REAL: readonly string[] = [executable('redis-server') ?? 'redis-server'];

/** Ours first. */
type Sides = readonly { readonly client: RawClient }[];

/** What both answer, compared. */
export async function askBoth(sides: Sides, line: string): Promise<string> {
  const [ours, real] = await Promise.all(sides.map(({ client }) => client.ask(parseLine(line))));
  expect(String(ours), line).toBe(String(real));
  return String(ours);
}

/** Goes on once the pattern matches what each says in INFO persistence. */
export async function untilBoth(sides: Sides, what: string, pattern: RegExp): Promise<void> {
  for (const { client } of sides) await until(async () => pattern.test(await persistenceOf(client)), what);
}

/** Lines of INFO persistence, as `name:value` with blanks between; compared. */
export async function toldByBoth(sides: Sides, ...names: readonly string[]): Promise<string> {
  const [ours, real] = await Promise.all(
    sides.map(async ({ client }) => {
      const lines = (await persistenceOf(client)).split('\r\n');
      return names.map((name) => lines.find((line) => line.startsWith(`${name}:`)) ?? `${name} is not there`);
    }),
  );
  expect(ours).toEqual(real);
  return ours!.join(' ');
}

async function persistenceOf(client: RawClient): Promise<string> {
  return String(await client.ask(['INFO', 'persistence']));
}
