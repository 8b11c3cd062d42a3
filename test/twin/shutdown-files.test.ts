import { readFileSync, statSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { EitherServer, type ServerProgram } from '../harness/either-server.js';
import { requireProgram } from '../harness/programs.js';

const SAVING = '--save 3600 1';
const NOT_SAVING = '--save ';

/** Options, and what ends the server. */
type Ending = readonly [options: string, by: string];

const SAVED: readonly Ending[] = [
  [SAVING, 'SHUTDOWN'],
  [SAVING, 'SIGTERM'],
  [NOT_SAVING, 'SHUTDOWN SAVE'],
  [`${NOT_SAVING} --shutdown-on-sigint save`, 'SIGINT'],
];
const NOT_SAVED: readonly Ending[] = [
  [SAVING, 'SHUTDOWN NOSAVE'],
  [`${SAVING} --shutdown-on-sigterm nosave`, 'SIGTERM'],
  [NOT_SAVING, 'SHUTDOWN'],
  [NOT_SAVING, 'SIGTERM'],
];

const programs: readonly ServerProgram[] = ['ours', 'redis-server'];

describe.skipIf(!requireProgram('redis')).each(programs)('%s that ends', (program) => {
  let server: EitherServer;
  const file = () => server.folder.file('dump.rdb');
  const start = (options: string) => server.start(...wordsOf(options));

  afterEach(() => server[Symbol.asyncDispose]());

  it.each(SAVED)('saves its data, and has it again (%s: %s)', async (options, by) => {
    server = new EitherServer(program);
    await start(options);
    await server.ask('SET k before');
    await server.ask('SAVE');
    await server.ask('SET k after');
    expect(await server.endBy(by)).toBe(0);
    expect(server.folder.names()).toEqual(['dump.rdb']);
    await start(options);
    expect(await server.ask('GET k')).toBe('$5\r\nafter\r\n');
  });

  it.each(NOT_SAVED)('leaves the file of an earlier save as it is (%s: %s)', async (options, by) => {
    server = new EitherServer(program);
    await start(options);
    await server.ask('SET k before');
    await server.ask('SAVE');
    const [bytes, { ino }] = [readFileSync(file()), statSync(file())];
    await server.ask('SET k after');
    expect(await server.endBy(by)).toBe(0);
    expect(readFileSync(file()).equals(bytes)).toBe(true);
    expect(statSync(file()).ino).toBe(ino);
    expect(server.folder.names()).toEqual(['dump.rdb']);
  });

  it('writes no file where there is none, with SHUTDOWN NOSAVE', async () => {
    server = new EitherServer(program);
    await start(SAVING);
    await server.ask('SET k v');
    expect(await server.endBy('SHUTDOWN NOSAVE')).toBe(0);
    expect(server.folder.names()).toEqual([]);
  });
});

/** As a shell would have them, but for an empty one at the end of an option. */
function wordsOf(options: string): string[] {
  return options.split(/ ?(?=--)/).flatMap((option) => {
    const [name = '', ...value] = option.split(' ');
    return [name, value.join(' ')];
  });
}
