import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../../src/config/load.js';
import type { Config, HttpLookupConfig } from '../../../../src/config/model.js';
import { GivenLists } from '../../../../src/daemon/workers/given-list.js';
import { SharedLists } from '../../../../src/daemon/workers/shared-lists.js';
import type { WorkerProcess } from '../../../../src/daemon/workers/worker-process.js';
import { ManualClock } from '../../../../src/testing/clock.js';
import { type TemporaryFolder, temporaryFolder } from '../../../harness/folder.js';
import { ListServer, sends } from '../../../harness/list-server.js';
import { until } from '../../../harness/until.js';

/** A list that is fetched once, and read by several workers: here without processes, on their true halves. */

class Reader {
  readonly lists: GivenLists;
  readonly asked: string[] = [];
  /** What it says instead of reading. */
  refuses: string | undefined;
  readonly process: Pick<WorkerProcess, 'calls'> = { calls: { call: (name, asked) => this.#call(name, asked) } };

  constructor(shared: SharedLists) {
    this.lists = new GivenLists((number) => Promise.resolve(shared.current(number)));
  }

  async #call(name: string, asked: unknown): Promise<never> {
    this.asked.push(name);
    const { list, text } = asked as { list: number; text: Parameters<GivenLists['read']>[1] };
    if (name === 'useList') await this.lists.use(list, text);
    else if (this.refuses !== undefined) return { refused: this.refuses } as never;
    else return (await this.lists.read(list, text)) as never;
    return null as never;
  }
}

let server: ListServer;
let folder: TemporaryFolder;
let clock: ManualClock;
let shared: SharedLists;
let readers: Reader[];
let events: string[];

beforeEach(async () => {
  server = await ListServer.start(sends('one\ntwo\n'));
  folder = temporaryFolder();
  clock = new ManualClock();
  events = [];
  let names = 0;
  shared = new SharedLists({
    clock,
    events: {
      loaded: (list, entries, leftOut) => void events.push(`loaded ${list} ${entries} ${leftOut}`),
      unchanged: (list) => void events.push(`unchanged ${list}`),
      failed: (list, reason) => void events.push(`failed ${list}: ${reason}`),
    },
    folder: { next: () => Promise.resolve(folder.file(`${++names}.list`)) },
    workers: () => readers.map(({ process }) => process),
  });
  readers = [new Reader(shared), new Reader(shared)];
});
afterEach(() => {
  shared.close();
  server.close();
  folder[Symbol.dispose]();
});

function configuration(more = ''): Config {
  return loadConfig({
    text: `[http-lookup.l]\nurl = "http://127.0.0.1:${server.port}/"\nformat = "list"\nretry = "1m"\nrefresh = "1h"\n${more}`,
  });
}

const listOf = (config: Config) => config.lookups.get('l') as HttpLookupConfig;

async function start(config: Config = configuration()) {
  const prepared = shared.prepare(config);
  const number = prepared.numbers['l']!;
  const lists = readers.map((reader) => reader.lists.open(listOf(config), number));
  prepared.commit();
  await until(() => events.length > 0, 'it was fetched');
  return { number, lists };
}

const entries = (lists: readonly { readonly source: { readonly list: { readonly entries: number } | undefined } }[]) =>
  lists.map(({ source }) => source.list?.entries);

describe('a list that is fetched', () => {
  test('once, is what all workers have', async () => {
    const { lists } = await start();
    await until(() => entries(lists).every((count) => count === 2), 'all use it');
    expect(events).toEqual(['loaded l 2 0']);
    expect(server.requests).toHaveLength(1);
    expect(lists.map(({ loadedAt }) => loadedAt)).toEqual([clock.now(), clock.now()]);
  });

  test('anew replaces the text before it, and its file', async () => {
    const { lists } = await start();
    server.answer = sends('one\ntwo\nthree\n');
    clock.advance(3_600_000);
    await until(() => entries(lists).every((count) => count === 3), 'all use it');
    await until(() => readdirSync(folder.path).length === 1, 'the file before is gone');
    expect(readFileSync(join(folder.path, readdirSync(folder.path)[0]!), 'latin1')).toBe('one\ntwo\nthree\n');
  });

  test('and is unchanged is as old as that in all workers', async () => {
    server.answer = sends('one\n', { ETag: '"1"' });
    const { lists } = await start();
    server.answer = sends('', {}, 304);
    clock.advance(3_600_000);
    await until(() => lists.every(({ loadedAt }) => loadedAt === clock.now()), 'all have heard of it');
    expect(events).toEqual(['loaded l 1 0', 'unchanged l']);
    expect(server.requests[1]?.headers['if-none-match']).toBe('"1"');
  });

  test('is used by none where one refuses it', async () => {
    const { lists } = await start();
    readers[1]!.refuses = 'no memory';
    server.answer = sends('three\n');
    clock.advance(3_600_000);
    await until(() => events.length === 2, 'it was fetched again');
    expect(events[1]).toBe('failed l: no memory');
    expect(entries(lists)).toEqual([2, 2]);
    readers[1]!.refuses = undefined;
    clock.advance(60_000);
    await until(() => entries(lists).every((count) => count === 1), 'all use it');
    await until(() => readdirSync(folder.path).length === 1, 'one file is left');
  });

  test('is there for a worker that comes later', async () => {
    const config = configuration();
    const { number } = await start(config);
    const late = new Reader(shared).lists.open(listOf(config), number);
    await late.prepare();
    expect(entries([late])).toEqual([2]);
    expect(server.requests).toHaveLength(1);
  });

  test('while no worker is there waits for one', async () => {
    const config = configuration();
    readers = [];
    const { number } = await start(config);
    expect(events).toEqual(['loaded l 2 0']);
    const late = new Reader(shared).lists.open(listOf(config), number);
    await late.prepare();
    expect(entries([late])).toEqual([2]);
  });

  test('with senseless lines alone is refused, also without workers', async () => {
    readers = [];
    server.answer = sends('a\tb\n<<<\n');
    await start(configuration('limits.entry-size = 1\n'));
    expect(events[0]).toMatch(/^failed l: none of its 2 lines means anything/);
    expect(readdirSync(folder.path)).toEqual([]);
  });
});

describe('a reload', () => {
  test('that leaves the section alone keeps the list, and fetches it', async () => {
    const { number } = await start();
    const again = shared.prepare(configuration());
    expect(again.numbers['l']).toBe(number);
    again.commit();
    await until(() => events.length === 2, 'it was fetched again');
  });

  test('that changes the section has another list, and removes the file of the one before', async () => {
    const { number } = await start();
    const changed = shared.prepare(configuration('fold-case = false\n'));
    expect(changed.numbers['l']).not.toBe(number);
    expect(shared.current(number)).not.toBeNull();
    changed.commit();
    expect(shared.current(number)).toBeNull();
    await until(() => events.length === 2 && readdirSync(folder.path).length === 1, 'the new one was fetched');
  });

  test('that does not happen changes nothing', async () => {
    const { number } = await start();
    shared.prepare(configuration('fold-case = false\n'));
    expect(shared.current(number)).not.toBeNull();
    expect(server.requests).toHaveLength(1);
  });
});
