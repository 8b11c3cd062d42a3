import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import type { Config, StoreConfig } from '../../config/model.js';
import { openStores } from '../../stores/factory.js';
import type { LookupStore } from '../../stores/store.js';
import { type Load, type Measured, measure } from '../bench/measure.js';
import { type BenchTest, benchTests, LIFETIME, written } from '../bench/tests.js';
import { besideDaemon } from '../beside-daemon.js';
import { argument, defineCommand, option, UsageError } from '../command.js';
import { configOption, loadCommandConfig } from '../config-file.js';
import { ExitCode } from '../exit-codes.js';
import { printLongJson } from '../json.js';
import { eagerStores, jsonOption, named } from '../store-access.js';
import { printTable } from '../table.js';
import type { Terminal } from '../terminal.js';
import { formatDuration, parseTtl } from '../time.js';
import { Interruption } from '../transfer/interruption.js';

const wholeNumber =
  (most: number) =>
  (text: string): number => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= 1 && number <= most) return number;
    throw new UsageError(`"${text}" is no whole number from 1 to ${most}`);
  };

const TESTS = benchTests.map(({ name }) => name);

function parseTests(text: string): readonly BenchTest[] {
  const unknown = text.split(',').find((name) => !TESTS.includes(name));
  if (unknown !== undefined) throw new UsageError(`there is no test "${unknown}": ${TESTS.join(', ')}`);
  return benchTests.filter(({ name }) => text.split(',').includes(name));
}

/** `lookupd bench`: how fast a user's own stores are. */
export const bench = defineCommand({
  name: 'bench',
  summary: 'measure how fast stores are',
  description:
    'Runs operations of the library on one store, or on several beside each other, and prints how many a second there were and ' +
    'how long they took (milliseconds, as the caller sees it). It writes keys of its own, beginning with lookupd-bench:, which ' +
    'it deletes at the end and which expire by themselves; it says so and asks before, or takes --yes for an answer. ' +
    'The load is real: other users of the store feel it. Ends with 75 when operations failed.',
  arguments: { stores: argument.many('the <id> of each [store.<id>]') },
  options: {
    config: configOption,
    json: jsonOption,
    tests: option.parsed('-t, --tests <names>', parseTests, `which, with commas: ${TESTS.join(', ')} (default: all)`),
    requests: option.parsed('-n, --requests <count>', wholeNumber(1e9), 'of each test (default: 100000)'),
    duration: option.parsed('--duration <duration>', parseTtl, 'of each test at most (default: 5s)'),
    concurrency: option.parsed('--concurrency <count>', wholeNumber(10_000), 'at the same time (default: 50)'),
    size: option.parsed('-d, --size <bytes>', wholeNumber(16_777_216), 'of a value (default: 100)'),
    keys: option.parsed('-k, --keys <count>', wholeNumber(1_000_000), 'how many different ones (default: 1000)'),
    yes: option.flag('-y, --yes', 'do not ask before'),
  },
  examples: [
    { line: 'lookupd bench redis', does: 'says what it is about to do, asks, and prints a line per test' },
    { line: 'lookupd bench redis cluster --tests get --concurrency 500 --yes', does: 'two stores beside each other' },
    { line: 'lookupd bench redis --duration 30s -n 100000000 --yes --json', does: 'half a minute each, for programs' },
  ],
  async run({ args, options, terminal }) {
    const config = loadCommandConfig(options.config, terminal);
    const chosen = [...new Set(args.stores)].map((id) => named(config.stores, id, 'store', config));
    const { tests = benchTests, size = 100, keys = 1_000, concurrency = 50 } = options;
    const { requests = 100_000, duration = 5_000 } = options;
    const prefix = `lookupd-bench:${randomBytes(6).toString('hex')}:`;
    const plan = `writes ${keys} keys ${prefix}… of ${size} bytes (and as many counters)`;
    announce(
      terminal,
      chosen,
      `${plan}, with ${concurrency} operations at a time, up to ${requests} or ${formatDuration(duration)} a test`,
    );
    if (!(await confirmed(terminal, options.yes))) return ExitCode.no;
    using interruption = new Interruption();
    const load: Load = {
      concurrency,
      requests,
      duration,
      keys: Array.from({ length: keys }, (_, i) => `${prefix}${i}`),
      value: Buffer.alloc(size, 'x'),
      stopped: () => interruption.requested,
    };
    const results = await measureAll(config, chosen, tests, load);
    if (options.json) printLongJson(terminal.out, results);
    else report(terminal, results);
    return results.some(({ errors }) => errors > 0) ? ExitCode.temporary : ExitCode.ok;
  },
});

type Result = Measured & { readonly store: string };

function announce({ err }: Terminal, stores: readonly StoreConfig[], what: string): void {
  const names = stores.map(({ id }) => `"${id}"`).join(' and ');
  err.write(`${err.colors.bold('lookupd bench')} on ${names}: ${what};\n`);
  err.write(`the keys are deleted at the end, and expire after ${formatDuration(LIFETIME)} whatever happens.\n`);
}

async function confirmed({ input, out, err }: Terminal, yes: boolean): Promise<boolean> {
  if (yes) return true;
  if (!out.isTerminal || out.stream === undefined) throw new UsageError('nobody is there to be asked: add --yes');
  const asking = createInterface({ input, output: out.stream, terminal: true });
  const answer = await asking.question('Go on? [y/N] ').finally(() => asking.close());
  if (/^y(es)?$/i.test(answer.trim())) return true;
  err.write('nothing was done\n');
  return false;
}

/** Test by test, each on one store after the other: what is beside each other in the report was measured in the same minute. */
async function measureAll(
  config: Config,
  chosen: readonly StoreConfig[],
  tests: readonly BenchTest[],
  load: Load,
): Promise<Result[]> {
  const needed = new Map(chosen.flatMap((store) => [...eagerStores(config, store)]));
  await using stores = await openStores(await besideDaemon({ ...config, stores: needed }));
  const opened = chosen.map(({ id }) => stores.get(id)!);
  const results: Result[] = [];
  try {
    for (const store of opened) await fill(store, load);
    for (const test of tests) {
      for (const store of opened) {
        if (load.stopped()) break;
        results.push({ store: store.name, ...(await measure(store, test, load)) });
      }
    }
  } finally {
    for (const store of opened) await clean(store, load);
  }
  return results;
}

/** Keys that are written or deleted at the same time. */
const BATCH = 500;

/** What is looked up has to be there, also where only that is measured. */
async function fill(store: LookupStore, { keys, value }: Load): Promise<void> {
  for (let at = 0; at < keys.length; at += BATCH) {
    await Promise.all(keys.slice(at, at + BATCH).map((key) => store.set(key, value, { ttl: LIFETIME })));
  }
}

async function clean(store: LookupStore, { keys }: Load): Promise<void> {
  for (let at = 0; at < keys.length; at += BATCH) {
    await store.delete(...keys.slice(at, at + BATCH).flatMap(written));
  }
}

function report(terminal: Terminal, results: readonly Result[]): void {
  const { out, err } = terminal;
  const header = [
    'TEST',
    'STORE',
    'REQUESTS',
    'PER SECOND',
    'MIN',
    'MEAN',
    'P50',
    'P95',
    'P99',
    'MAX',
    'ERRORS',
    'RATIO',
  ];
  const several = new Set(results.map(({ store }) => store)).size > 1;
  const rows = results.map((result) => {
    const { test, store, requests, perSecond, latency, errors } = result;
    const first = results.find((other) => other.test === test)!;
    const times = Object.values(latency).map((ms) => ms.toFixed(3));
    const ratio = several ? [(perSecond / first.perSecond).toFixed(2)] : [];
    return [test, store, String(requests), String(perSecond), ...times, String(errors), ...ratio];
  });
  printTable(out, several ? header : header.slice(0, -1), rows);
  for (const { store, test, firstError } of results) {
    if (firstError !== undefined) err.write(`${err.colors.red('lookupd:')} ${test} on "${store}": ${firstError}\n`);
  }
}
