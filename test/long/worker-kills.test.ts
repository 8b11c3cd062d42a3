import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../harness/folder.js';
import { freePorts } from '../harness/ports.js';
import { ServeProcess } from '../harness/serve-process.js';
import { until } from '../harness/until.js';
import { Wire } from '../harness/wire.js';
import { workerPids } from '../harness/worker-pids.js';
import { record } from './results.js';

/**
 * A daemon of several processes, asked again and again over five protocols, while one worker after the other is killed,
 * one a second. Whoever has a broken connection asks again on another one. No increment that was answered is lost, none
 * is answered twice, no answer is wrong, nobody waits for one that never comes, and counters of metrics never go back.
 */
const WORKERS = 4;
const KILLS = 60;
const CLIENTS = 4;
const KEYS = 200;
/** Between an answer and the next question. */
const PAUSE = 5;
/** Longer than anybody waits for an answer, or for a connection while a worker starts. */
const HANGS = 10_000;

type Protocol = 'socketmap' | 'tcp-table' | 'dict' | 'resp' | 'http';

function configuration(ports: Readonly<Record<Protocol, number>>): string {
  const data = Array.from({ length: KEYS }, (_, i) => `"key:${i}" = "value${i}"`);
  const listener = (protocol: Protocol, keys: string) =>
    `[server.listener.${protocol}]\nprotocol = "${protocol}"\nbind = "127.0.0.1:${ports[protocol]}"\n${keys}`;
  return [
    `[server]\nworkers = ${WORKERS}`,
    `[store.local]\ntype = "embedded"\n[store.local.data]\n"counts/n" = "0"\n${data.join('\n')}`,
    '[map.users]\nstore = "local"\nkey = "key:%s"',
    '[dict.counts]\nstore = "local"\nprefix = "counts/"\nwrite = true',
    listener('socketmap', ''),
    listener('tcp-table', 'map = "users"'),
    listener('dict', ''),
    listener('resp', 'store = "local"\nwrite = true'),
    listener('http', 'serve = ["lookup", "health", "metrics"]\nwrite = true'),
  ].join('\n');
}

/** Clients of one protocol, each with a connection that it makes again when it breaks. */
class Clients {
  answers = 0;
  broken = 0;
  hung = 0;
  slowest = 0;
  readonly wrong: string[] = [];
  readonly #running: Promise<void>[];
  #stopped = false;

  constructor(
    private readonly port: number,
    private readonly ask: (wire: Wire, n: number) => Promise<string | undefined>,
    private readonly greeting = '',
  ) {
    this.#running = Array.from({ length: CLIENTS }, (_, i) => this.#run(i));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  async #run(first: number): Promise<void> {
    for (let n = first; !this.#stopped; ) {
      const wire = await Wire.connect({ host: '127.0.0.1', port: this.port });
      wire.send(this.greeting);
      while (!this.#stopped && (await this.#askOnce(wire, n))) n += CLIENTS;
      wire.close();
    }
  }

  /** False when the connection is broken. */
  async #askOnce(wire: Wire, n: number): Promise<boolean> {
    const began = performance.now();
    try {
      const wrong = await this.ask(wire, n);
      this.answers++;
      if (wrong !== undefined && this.wrong.length < 10) this.wrong.push(wrong);
      // A worker that starts needs a processor too.
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
      return true;
    } catch {
      this.broken++;
      return false;
    } finally {
      const took = performance.now() - began - PAUSE;
      this.slowest = Math.max(this.slowest, took);
      if (took > HANGS) this.hung++;
    }
  }
}

/** Increments of one counter: each value may be answered once. */
class Counter {
  readonly values = new Set<number>();

  /** What is wrong with it. */
  answered(value: number): string | undefined {
    const isNew = Number.isInteger(value) && !this.values.has(value);
    this.values.add(value);
    return isNew ? undefined : `the value ${value} was answered twice`;
  }
}

const line = async (wire: Wire, end: string) => (await wire.readUntil(end)).toString().slice(0, -end.length);

test('workers killed one a second for a minute', async () => {
  execFileSync('npm', ['run', 'build'], { cwd: path.resolve(import.meta.dirname, '../..'), stdio: 'ignore' });
  const began = performance.now();
  using folder = temporaryFolder();
  const names = ['socketmap', 'tcp-table', 'dict', 'resp', 'http'] as const;
  const numbers = await freePorts(names.length);
  const ports = Object.fromEntries(names.map((name, i) => [name, numbers[i] ?? 0])) as Record<Protocol, number>;
  await using daemon = new ServeProcess(folder.file('lookupd.toml'), configuration(ports), { built: true });
  await daemon.ready(60_000);

  const [resp, http, dict] = [new Counter(), new Counter(), { acknowledged: 0 }];
  const expectAnswer = (answer: string, right: string) => (answer === right ? undefined : `${answer} for ${right}`);
  const clients = {
    socketmap: new Clients(ports.socketmap, async (wire, n) => {
      const missing = n % 7 === 0;
      const payload = `users ${missing ? 'missing' : n % KEYS}`;
      wire.send(`${payload.length}:${payload},`);
      const [, answer = ''] = (await line(wire, ',')).split(':');
      return expectAnswer(answer, missing ? 'NOTFOUND ' : `OK value${n % KEYS}`);
    }),
    'tcp-table': new Clients(ports['tcp-table'], async (wire, n) => {
      wire.send(`get ${n % KEYS}\n`);
      return expectAnswer(await line(wire, '\n'), `200 value${n % KEYS}`);
    }),
    dict: new Clients(
      ports.dict,
      async (wire, n) => {
        wire.send(`B${n}\t\nA${n}\tshared/n\t1\nC${n}\n`);
        const answer = await line(wire, '\n');
        if (answer.startsWith('O')) dict.acknowledged++;
        return answer.startsWith('O') ? undefined : answer;
      },
      'H2\t2\t0\tuser\tcounts\n',
    ),
    resp: new Clients(ports.resp, async (wire) => {
      wire.send('INCR by-resp\r\n');
      return resp.answered(Number((await line(wire, '\r\n')).slice(1)));
    }),
    http: new Clients(ports.http, async (wire) => {
      wire.send(
        'POST /store/local/by-http/increment HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
      );
      await wire.readUntil('\r\n\r\n');
      const { value } = JSON.parse(`${await line(wire, '}')}}`) as { value: number };
      return http.answered(value);
    }),
  };

  const lookups = async () => {
    const text = await (await fetch(`http://127.0.0.1:${ports.http}/metrics`)).text();
    const found = text.match(/^lookupd_lookups_total\{listener="socketmap",map="users",result="found"\} (\d+)$/m);
    return Number(found?.[1]);
  };
  const seen: number[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const next = performance.now() + 1_000;
    await until(() => workerPids(daemon.output).size > 1, 'several workers are there', 60_000);
    const pids = [...workerPids(daemon.output).values()];
    process.kill(pids[kill % pids.length] ?? 0, 'SIGKILL');
    if (kill % 5 === 0) seen.push(await lookups().catch(() => Number.NaN));
    await until(() => performance.now() >= next, 'a second is over');
  }
  for (const one of Object.values(clients)) await one.stop();
  await until(() => workerPids(daemon.output).size === WORKERS, 'all workers are there', 60_000);

  const wire = await Wire.connect({ host: '127.0.0.1', port: ports.resp });
  const counted = async (key: string) => {
    wire.send(`GET ${key}\r\n`);
    await wire.readUntil('\r\n');
    return Number(await line(wire, '\r\n'));
  };
  for (const [key, acknowledged, of] of [
    ['by-resp', resp.values.size, clients.resp],
    ['by-http', http.values.size, clients.http],
    ['counts/n', dict.acknowledged, clients.dict],
  ] as const) {
    const count = await counted(key);
    expect(count, key).toBeGreaterThanOrEqual(acknowledged);
    expect(count, key).toBeLessThanOrEqual(acknowledged + of.broken);
  }
  wire.close();
  const all = Object.values(clients);
  expect(all.flatMap(({ wrong }) => wrong)).toEqual([]);
  expect(all.map(({ hung }) => hung)).toEqual(all.map(() => 0));
  const scraped = seen.filter((value) => !Number.isNaN(value));
  expect(scraped.length).toBeGreaterThan(0);
  expect(scraped).toEqual([...scraped].sort((a, b) => a - b));
  expect(await lookups()).toBeGreaterThanOrEqual(scraped.at(-1) ?? 0);

  const sum = (pick: (one: Clients) => number) => all.reduce((total, one) => total + pick(one), 0);
  record({
    test: 'workers killed',
    did: `the daemon with ${WORKERS} workers and an embedded store, asked over ${names.join(', ')}, ${CLIENTS} connections each, ${PAUSE} ms after each answer; one worker killed every second, later where fewer than two are there`,
    counts: {
      'workers killed': KILLS,
      answers: sum((one) => one.answers),
      'connections broken': sum((one) => one.broken),
      'increments acknowledged': resp.values.size + http.values.size + dict.acknowledged,
      'lost or answered twice': 0,
      'wrong answers': 0,
      'longest answer (ms)': Math.round(Math.max(...all.map(({ slowest }) => slowest))),
    },
    began,
  });
});
