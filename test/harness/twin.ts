import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ReplyBuilder } from '../../src/resp/builder.js';
import { NOTIFY } from '../../src/server/keyspace/notifications.js';
import { Server } from '../../src/server/server.js';
import type { Settings } from '../../src/server/settings.js';
import { requireProgram } from './programs.js';
import { parseLine, RawClient, splitReply, type Words } from './raw-client.js';
import { type RedisServer, startRedis } from './redis.js';
import { type Comparison, comparisonOf, exact } from './twin-compare.js';
import { until } from './until.js';

/**
 * The same commands on our server and on a real redis-server: replies are compared byte by byte, in RESP2
 * and RESP3, and after each case the datasets (values, encodings, expiry), the keyspace events and what was
 * propagated to replicas.
 *
 *     twinSuite('strings', {
 *       'sets and gets': ['SET k "a\x00b"', 'GET k', ['SET', 'k', bytes], { run: 'PTTL k', compare: near(1000) }],
 *     });
 *
 * Each case starts with empty databases on fresh connections. Times of now (thirteen digits) differ by no more than
 * the case has taken. Set-like replies are compared in any order (twin-compare.ts).
 */
export type Step = string | Words | DetailedStep;

export interface DetailedStep {
  readonly run?: string | Words;
  /** Bytes sent as they are: inline commands, broken requests. */
  readonly bytes?: string | Uint8Array;
  /** How many replies and pushes to wait for: 1 unless said; 0 for a command that blocks. */
  readonly replies?: number;
  /** Goes on once this many clients wait for a key, on both servers. */
  readonly waiting?: number;
  /** Which connection, opened on first use; "main" unless said. */
  readonly on?: string;
  readonly compare?: Comparison;
}

export interface TwinOptions {
  /** Ours; the twin gets the same by `directives`. */
  readonly settings?: Partial<Settings>;
  readonly directives?: Readonly<Record<string, string>>;
  /** What is not compared after a case. */
  readonly skip?: readonly ('dataset' | 'events' | 'effects')[];
  readonly protocols?: readonly (2 | 3)[];
}

export function twinSuite(
  name: string,
  cases: Readonly<Record<string, readonly Step[]>>,
  options: TwinOptions = {},
): void {
  describeTwin(name, options, (twin) => {
    for (const protocol of options.protocols ?? [2, 3]) {
      describe(`RESP${protocol}`, () => {
        for (const [title, steps] of Object.entries(cases)) {
          it(title, () => runCase(twin(), steps, protocol, options));
        }
      });
    }
  });
}

/** Random sequences of commands leave the same replies and the same data behind. */
export function twinProperty(
  name: string,
  command: fc.Arbitrary<Words>,
  options: TwinOptions & RandomOptions = {},
): void {
  describeTwin(name, options, (twin) => {
    it('answers random sequences alike', async () => {
      const { runs = 60, length = 60 } = options;
      const sequences = fc.array(command, { minLength: 1, maxLength: length, size: 'max' });
      const { compare } = options;
      const stepOf = (run: Words): Step => (compare === undefined ? run : { run, compare: compare(run) });
      const run = (steps: Words[]) => runCase(twin(), steps.map(stepOf), 3, options);
      const parameters = { numRuns: runs, ...(options.seed === undefined ? {} : { seed: options.seed }) };
      await fc.assert(fc.asyncProperty(sequences, run), parameters);
    }, 240_000);
  });
}

interface RandomOptions {
  readonly runs?: number;
  readonly length?: number;
  readonly seed?: number;
  /** How replies to a command are compared, where it is not as always. */
  readonly compare?: (words: Words) => Comparison;
}

/** For tests that need more than tables: both servers, running while the tests of `define` run. */
export function describeTwin(name: string, options: TwinOptions, define: (twin: () => Twin) => void): void {
  describe.skipIf(!requireProgram('redis'))(`${name}, as real Redis`, () => {
    let twin: Twin | undefined;
    beforeAll(async () => {
      twin = await Twin.start(options);
    });
    afterAll(() => twin?.stop());
    define(() => twin!);
  });
}

export async function runCase(
  twin: Twin,
  steps: readonly Step[],
  protocol: 2 | 3,
  options: TwinOptions = {},
): Promise<void> {
  const { skip = [] } = options;
  await twin.reset();
  const sides = [new Side(twin.real.port, protocol), new Side(twin.port, protocol)] as const;
  try {
    for (const step of steps) {
      const [expected, actual] = await Promise.all(sides.map((side) => side.run(step)));
      expect(actual, describeStep(step)).toEqual(expected);
      if (typeof step === 'object' && 'waiting' in step) await twin.untilWaiting(step.waiting ?? 0);
    }
    for (const side of sides) side.close();
    if (!skip.includes('events')) await same('keyspace events', twin.events.real, twin.events.ours, twin);
    if (!skip.includes('effects')) await sameEffects(twin);
    if (!skip.includes('dataset')) await sameDatasets(twin.real.port, twin.port, twin);
  } finally {
    for (const side of sides) side.close();
  }
}

async function same(what: string, real: readonly string[], ours: readonly string[], twin: Twin): Promise<void> {
  await twin.settle();
  expect(
    ours.map((text, i) => withTimesOf(real[i] ?? '', text, twin.slack)),
    what,
  ).toEqual([...real]);
}

/** What was propagated since `reset`. */
export function sameEffects(twin: Twin): Promise<void> {
  return same('propagated commands', twin.effects.real, twin.effects.ours, twin);
}

/** What both servers hold, or others that were given the same since `reset`. */
export async function sameDatasets(real: number, ours: number, twin: Twin): Promise<void> {
  const [expected, actual] = [await dataset(real), await dataset(ours)];
  const entries = Object.entries(actual).map(([key, value]) => [
    key,
    withTimesOf(expected[key] ?? '', value, twin.slack),
  ]);
  expect(Object.fromEntries(entries), 'dataset').toEqual(expected);
}

function describeStep(step: Step): string {
  const run = typeof step === 'string' || isWords(step) ? step : (step.run ?? step.bytes ?? '(receive)');
  return typeof run === 'string' ? run : JSON.stringify(run).slice(0, 300);
}

/** The connections of one case to one server. */
class Side {
  readonly #clients = new Map<string, Promise<RawClient>>();

  constructor(
    private readonly port: number,
    private readonly protocol: 2 | 3,
  ) {}

  async run(step: Step): Promise<string[]> {
    const detail: DetailedStep = typeof step === 'string' || isWords(step) ? { run: step } : step;
    const client = await this.#client(detail.on ?? 'main');
    const words = typeof detail.run === 'string' ? parseLine(detail.run) : detail.run;
    if (words) client.send(words);
    if (detail.bytes !== undefined) client.sendBytes(detail.bytes);
    const compare = detail.compare ?? comparisonOf(String(words?.[0] ?? ''));
    return (await client.take(detail.replies ?? 1)).map(compare);
  }

  close(): void {
    for (const client of this.#clients.values()) void client.then((open) => open.close());
    this.#clients.clear();
  }

  #client(name: string): Promise<RawClient> {
    const client = this.#clients.get(name) ?? RawClient.connect(this.port, this.protocol);
    this.#clients.set(name, client);
    return client;
  }
}

function isWords(step: Words | DetailedStep): step is Words {
  return Array.isArray(step);
}

/** Keyspace events, and the marks by which `settle` knows that it has seen all. */
const OBSERVED = ['__key*', 'twin-mark-*'] as const;

interface Observed {
  readonly real: string[];
  readonly ours: string[];
}

/** Our server and a real one, and what both tell of what commands did. */
export class Twin {
  readonly events: Observed = { real: [], ours: [] };
  readonly effects: Observed = { real: [], ours: [] };
  #controls!: readonly [real: RawClient, ours: RawClient];
  #subscriber!: RawClient;
  #replicas!: readonly [real: RawClient, ours: RawClient];
  #marks = 0;
  #resetAt = Date.now();

  private constructor(
    readonly real: RedisServer,
    readonly ours: Server,
    readonly port: number,
  ) {}

  static async start(options: TwinOptions = {}): Promise<Twin> {
    const directives = { 'notify-keyspace-events': 'AKEmn', 'enable-debug-command': 'yes', ...options.directives };
    const real = await startRedis({ directives });
    const ours = new Server({ settings: { enableDebug: 'yes', activeExpire: false, ...options.settings } });
    const { port = 0 } = await ours.listen({ port: 0 });
    const twin = new Twin(real, ours, port);
    await twin.#observe();
    return twin;
  }

  async stop(): Promise<void> {
    for (const client of [...this.#controls, this.#subscriber, ...this.#replicas]) client.close();
    await this.ours.close();
    await this.real.stop();
  }

  /** Empty databases, nothing observed yet. */
  async reset(): Promise<void> {
    for (const control of this.#controls) await control.ask(['FLUSHALL']);
    await this.settle();
    for (const list of [this.events, this.effects]) list.real.length = list.ours.length = 0;
    this.#resetAt = Date.now();
  }

  /** How many milliseconds a time of now can differ between the two: as long as the case has run, and what is rounded. */
  get slack(): number {
    return Date.now() - this.#resetAt + 1;
  }

  /** Waits until everything that the servers tell has arrived. */
  async settle(): Promise<void> {
    const mark = `twin-mark-${++this.#marks}`;
    for (const control of this.#controls) await control.ask(['PUBLISH', mark, '']);
    for (;;) {
      const [message] = await this.#subscriber.take(1);
      const [, , channel = '', text = ''] = textItems(message!);
      if (channel === mark) break;
      this.events.real.push(`${channel} ${text}`);
    }
    const [real, ours] = this.#replicas;
    await takeEffects(real, mark, this.effects.real);
    await takeEffects(ours, mark, this.effects.ours);
  }

  /** Until so many clients are blocked on either server. */
  async untilWaiting(count: number): Promise<void> {
    const real = async () =>
      Number(/blocked_clients:(\d+)/.exec(exact(await this.#controls[0].ask(['INFO', 'clients'])))![1]);
    await until(async () => this.ours.blocking.clients === count && (await real()) === count, `${count} clients wait`);
  }

  async #observe(): Promise<void> {
    this.#controls = [await RawClient.connect(this.real.port), await RawClient.connect(this.port)];
    this.#subscriber = await RawClient.connect(this.real.port);
    for (const pattern of OBSERVED) await this.#subscriber.ask(['PSUBSCRIBE', pattern]);
    // Expired keys go when a command meets them, so that both tell of it at the same point.
    for (const control of this.#controls) await control.ask(['DEBUG', 'SET-ACTIVE-EXPIRE', '0']);
    this.#replicas = [await attachReplica(this.real.port), await attachReplica(this.port)];
    this.#subscribeOurs();
  }

  #subscribeOurs(): void {
    this.ours.settings.notifyFlags = Object.values(NOTIFY).reduce((all, flag) => all | flag, 0);
    const inbox = new ReplyBuilder();
    const flush = () => {
      for (const push of inbox.takeAll()) {
        const [, , channel, text] = (push as readonly unknown[]).map(latin1);
        this.events.ours.push(`${channel} ${text}`);
      }
    };
    const peer = { address: '', localAddress: '', canBlock: false, flush, close: () => undefined };
    const session = this.ours.openSession(peer, inbox);
    this.ours.pubsub.subscribe(session, 'patterns', OBSERVED[0]);
  }
}

function latin1(word: unknown): string {
  return Buffer.isBuffer(word) ? word.toString('latin1') : String(word);
}

/** A client that follows as a replica: the snapshot is skipped, what comes is the stream of commands. */
async function attachReplica(port: number): Promise<RawClient> {
  const replica = await RawClient.connect(port);
  replica.sendBytes('SYNC\r\n');
  let line = '';
  while (!/\$\d+\r\n$/.test(line)) line += (await replica.takeBytes(1)).toString('latin1');
  await replica.takeBytes(Number(/\$(\d+)\r\n$/.exec(line)![1]));
  return replica;
}

/** Everything up to the mark; what servers say to each other without a command of a client is left out. */
async function takeEffects(replica: RawClient, mark: string, effects: string[]): Promise<void> {
  for (;;) {
    const words = textItems((await replica.take(1))[0]!);
    if (words[0] === 'PUBLISH' && words[1] === mark) break;
    if (!/^(?:ping|replconf)$/i.test(words[0]!)) effects.push(words.join(' '));
  }
}

/** The items of a list, each without the line of its length. */
export function textItems(reply: Buffer): string[] {
  return (splitReply(reply)?.items ?? []).map((item) => item.toString('latin1').replace(/^[^\n]*\n|\r\n$/g, ''));
}

/**
 * Ours, with the real one's time in the place of each that is as near to it as both can be: what is said of times of now
 * (an expiry, an ID of a stream) is not the same to the millisecond on two servers that run a command one after the other.
 */
function withTimesOf(real: string, ours: string, slack: number): string {
  const times = real.match(TIME) ?? [];
  let at = 0;
  return ours.replace(TIME, (time) => {
    const other = times[at++] ?? time;
    return Math.abs(Number(time) - Number(other)) <= slack ? other : time;
  });
}

/** A word, the start of one with a sequence number behind it, or an expiry in a dataset. */
const TIME = /(?<![^ ])\d{13}(?=$|[ :]|-\d)/g;

/** Every key of every database: type, encoding, expiry and value, as text. */
export async function dataset(port: number): Promise<Record<string, string>> {
  const client = await RawClient.connect(port);
  const content: Record<string, string> = {};
  try {
    for (let db = 0; db < 16; db++) {
      await client.ask(['SELECT', db]);
      for (const key of textItems(await client.ask(['KEYS', '*']))) {
        const entry = await describeKey(client, key);
        if (entry !== undefined) content[`${db}/${key}`] = entry;
      }
    }
  } finally {
    client.close();
  }
  return content;
}

const READERS: Readonly<Record<string, readonly [command: string, ...rest: string[]]>> = {
  string: ['GET'],
  list: ['LRANGE', '0', '-1'],
  set: ['SMEMBERS'],
  zset: ['ZRANGE', '0', '-1', 'WITHSCORES'],
  hash: ['HGETALL'],
  stream: ['XINFO', 'STREAM', 'FULL', 'COUNT', '0'],
};

async function describeKey(client: RawClient, key: string): Promise<string | undefined> {
  const type = exact(await client.ask(['TYPE', key])).slice(1, -2);
  const [reader, ...rest] = READERS[type] ?? [undefined];
  if (reader === undefined) return undefined;
  const words = reader === 'XINFO' ? ['XINFO', 'STREAM', key, ...rest.slice(1)] : [reader, key, ...rest];
  const value = comparisonOf(reader)(await client.ask(words));
  const encoding = exact(await client.ask(['OBJECT', 'ENCODING', key]));
  const expiry = Number(exact(await client.ask(['PEXPIRETIME', key])).slice(1));
  return `${type} ${encoding.split('\r\n')[1]} expires ${expiry < 0 ? 'never' : expiry}: ${value}`;
}
