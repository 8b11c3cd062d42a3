import { setTimeout as wait } from 'node:timers/promises';
import { messageOf } from '../../core/errors.js';
import { askMetrics, type MetricsPlace, metricsPlaceOf, parseMetricsUrl } from '../ask/metrics.js';
import { argument, defineCommand, option, UsageError } from '../command.js';
import { configOption, loadCommandConfig } from '../config-file.js';
import { ExitCode } from '../exit-codes.js';
import { printJson, printLongJson } from '../json.js';
import { ExpositionError, parseExposition } from '../stats/exposition.js';
import { type Activity, activityOf, type Figures, figuresOf } from '../stats/figures.js';
import { activityJson } from '../stats/json.js';
import { Screen } from '../stats/screen.js';
import { type Counting, printActivity, type Selection } from '../stats/view.js';
import { jsonOption, named } from '../store-access.js';
import type { Output, Terminal } from '../terminal.js';
import { formatDuration, parseTtl } from '../time.js';
import { Interruption } from '../transfer/interruption.js';

const DEFAULT_INTERVAL = 1_000;

function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d{1,9}$/.test(text) && count > 0) return count;
  throw new UsageError(`"${text}" is no number of looks from 1 on`);
}

/** `lookupd stats`: what the running daemon does. */
export const stats = defineCommand({
  name: 'stats',
  summary: 'print what the running daemon does',
  description:
    'Asks the running daemon, at the listener of the configuration that offers metrics, and prints what it was asked and ' +
    'how that ended, how long it took, what its stores, caches and lists do, and its connections. Counts and latencies are of all ' +
    'since the daemon started; PER SECOND is of the time between two looks. With --watch it looks again and again, and all ' +
    'figures are of the time since the look before: a second of it, and what ended in it. Ends with 75 when no ' +
    'daemon answers.',
  arguments: { store: argument.optional('the <id> of [store.<id>]; everything when left out') },
  options: {
    config: configOption,
    json: jsonOption,
    watch: option.flag('-w, --watch', 'look again and again, until Ctrl-C'),
    interval: option.parsed('-i, --interval <duration>', parseTtl, 'from one look to the next (default: 1s)'),
    count: option.parsed('--count <looks>', parseCount, 'with --watch: end after so many'),
    url: option.parsed('--url <url>', parseMetricsUrl, 'of the metrics of another daemon, without a configuration'),
  },
  examples: [
    { line: 'lookupd stats', does: 'all since the start, and how much there is just now' },
    { line: 'lookupd stats --watch --interval 5s', does: 'every five seconds, on a screen of its own' },
    { line: 'lookupd stats redis', does: 'what one store does' },
    { line: 'lookupd stats --watch --json | jq .lookups', does: 'an object per look, for programs' },
    { line: 'lookupd stats --url http://mx1.example.org:9090', does: 'a daemon elsewhere' },
  ],
  async run({ args, options, terminal }) {
    const { url, watch, json, interval = DEFAULT_INTERVAL, count } = options;
    if (count !== undefined && !watch) throw new UsageError('--count is for --watch');
    const config = url === undefined ? loadCommandConfig(options.config, terminal) : undefined;
    const place = url ?? metricsPlaceOf(config!);
    const store = args.store;
    const selection = {
      store: store !== undefined && config !== undefined ? named(config.stores, store, 'store', config).id : store,
    };
    using interruption = new Interruption();
    const looks = new Looks(place, interval, interruption.signal);
    const watching: Watching = { terminal, selection, interval, count: count ?? Number.POSITIVE_INFINITY };
    if (!watch) await printOnce(looks, terminal.out, json, selection);
    else if (json) await watchAsJson(looks, watching);
    else await watchTables(looks, watching);
    return ExitCode.ok;
  },
});

/** One look after the other, an interval apart. */
class Looks {
  #earlier: Figures | undefined;

  constructor(
    readonly place: MetricsPlace,
    private readonly interval: number,
    private readonly stopped: AbortSignal,
  ) {}

  /** Rejects when no daemon answers. */
  async next(): Promise<Activity> {
    const figures = figuresIn(await askMetrics(this.place), this.place);
    const activity = activityOf(figures, this.#earlier);
    this.#earlier = figures;
    return activity;
  }

  /** False when somebody wants the end. */
  async pause(): Promise<boolean> {
    await wait(this.interval, undefined, { signal: this.stopped }).catch(() => undefined);
    return !this.stopped.aborted;
  }
}

function figuresIn(page: string, { name }: MetricsPlace): Figures {
  const figures = figuresOf(samplesIn(page, name), Date.now());
  if (figures === undefined) throw new Error(`${name} offers metrics, and not those of lookupd`);
  return figures;
}

function samplesIn(page: string, name: string) {
  try {
    return parseExposition(page);
  } catch (error) {
    if (!(error instanceof ExpositionError)) throw error;
    throw new Error(`${name} answers with what are no metrics: ${error.message}`);
  }
}

async function printOnce(looks: Looks, out: Output, json: boolean, selection: Selection): Promise<void> {
  await looks.next();
  if (!(await looks.pause())) return;
  const activity = await looks.next();
  if (json) printLongJson(out, activityJson(activity, selection));
  else printActivity(out, activity, 'since-start', selection);
}

interface Watching {
  readonly terminal: Terminal;
  readonly selection: Selection;
  readonly interval: number;
  readonly count: number;
}

/** What a look has shown, or why it could not. */
type Look = { readonly activity: Activity } | { readonly failure: string };

/**
 * The first look fails when no daemon answers; later ones tell of it, since it may be started anew meanwhile. On a screen
 * it is shown, so that nobody waits for an interval: elsewhere every look has the same figures.
 */
async function* looksOf(looks: Looks, count: number, isOnScreen = false): AsyncGenerator<Look> {
  const activity = await looks.next();
  if (isOnScreen) yield { activity };
  for (let left = count; left > 0 && (await looks.pause()); left--) {
    yield await looks.next().then(
      (activity) => ({ activity }),
      (error: unknown) => ({ failure: messageOf(error) }),
    );
  }
}

async function watchAsJson(looks: Looks, { terminal: { out }, selection, count }: Watching): Promise<void> {
  for await (const look of looksOf(looks, count)) {
    if ('activity' in look) printJson(out, activityJson(look.activity, selection));
    else printJson(out, { at: new Date().toISOString(), error: look.failure });
    await out.drained();
  }
}

async function watchTables(looks: Looks, { terminal: { out }, selection, interval, count }: Watching): Promise<void> {
  using screen = out.isTerminal ? new Screen(out) : undefined;
  for await (const look of looksOf(looks, count, screen !== undefined)) {
    const page = (to: Output) => {
      const time = new Date().toTimeString().slice(0, 8);
      to.write(`${to.colors.dim(`${looks.place.name}, every ${formatDuration(interval)}, ${time}`)}\n`);
      if ('failure' in look) to.write(`${to.colors.red('lookupd:')} ${look.failure}\n`);
      else printActivity(to, look.activity, countingOf(look.activity), selection);
    };
    if (screen !== undefined) screen.draw(page);
    else {
      page(out);
      out.write('\n');
    }
    await out.drained();
  }
}

/** At first, and after a start of the daemon, there is nothing to compare with. */
function countingOf({ seconds }: Activity): Counting {
  return seconds === undefined ? 'since-start' : 'per-second';
}
