import { expect, test } from 'vitest';
import { freePorts } from '../harness/ports.js';
import { ServerProcess } from '../harness/server-process.js';
import { Pipeline } from './pipeline.js';
import { record } from './results.js';

/**
 * The bundled server as a process of its own with more keys than a JavaScript Map can hold, and with a million
 * keys that expire within one second while another client asks without a pause. Its waits are reported and not
 * judged: on a busy machine they are the machine's.
 */
const KEYS = 20_000_000;
const STORM = 1_000_000;

test('twenty million keys', async () => {
  const began = performance.now();
  await using server = await startProcess();
  using client = await Pipeline.connect(server.port);
  await client.run(KEYS, 1000, (i) => ['SET', `key:${i}`, 'value']);
  expect(await client.ask(['DBSIZE'])).toBe(KEYS);
  for (const i of [0, 1, KEYS / 2, KEYS - 1]) expect(String(await client.ask(['GET', `key:${i}`]))).toBe('value');
  const used = await memory(client, 'used_memory');
  record({
    test: 'many keys',
    did: 'the bundled server as a process of its own: keys of up to 12 bytes with values of 5, set over a socket and all counted',
    counts: {
      keys: KEYS,
      'bytes a key': Math.round(used / KEYS),
      'resident bytes a key': Math.round((await memory(client, 'used_memory_rss')) / KEYS),
    },
    began,
  });
});

test('an expiry storm', async () => {
  const began = performance.now();
  await using server = await startProcess();
  using client = await Pipeline.connect(server.port);
  await client.run(STORM, 1000, (i) => ['SET', `key:${i}`, 'value']);
  // Time enough to set them all.
  const at = Date.now() + 30_000;
  await client.run(STORM, 1000, (i) => ['PEXPIREAT', `key:${i}`, String(at + (i % 1000))]);
  expect(Date.now()).toBeLessThan(at);
  const calm = await probe(client, () => Date.now() < at);
  let left = STORM;
  const storm = await probe(client, async () => (left = Number(await client.ask(['DBSIZE']))) > 0);
  expect(left).toBe(0);
  record({
    test: 'expiry storm',
    did: 'a million keys of the bundled server expire within one second, nobody asks for them, another client sends a PING as soon as it has the last answer',
    counts: {
      keys: STORM,
      'until all are gone (ms)': Math.round(storm.took),
      'requests meanwhile': storm.count,
      'p99 before and meanwhile (ms)': `${calm.p99.toFixed(2)} and ${storm.p99.toFixed(2)}`,
      'longest before and meanwhile (ms)': `${calm.longest.toFixed(1)} and ${storm.longest.toFixed(1)}`,
    },
    began,
  });
});

async function startProcess(): Promise<AsyncDisposable & { readonly port: number }> {
  const [port] = await freePorts(1);
  const server = await new ServerProcess(['--port', String(port)]).ready();
  return { port: port!, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

async function memory(client: Pipeline, field: string): Promise<number> {
  const info = String(await client.ask(['INFO', 'memory']));
  return Number(new RegExp(`^${field}:(\\d+)`, 'm').exec(info)![1]);
}

interface Waits {
  readonly count: number;
  readonly took: number;
  /** Milliseconds. */
  readonly p99: number;
  readonly longest: number;
}

/** Asks one request at a time as long as `goesOn`, which is asked now and then, says. */
async function probe(client: Pipeline, goesOn: () => boolean | Promise<boolean>): Promise<Waits> {
  const began = performance.now();
  const waits: number[] = [];
  while (await goesOn()) {
    for (let i = 0; i < 100; i++) {
      const sent = performance.now();
      await client.ask(['PING']);
      waits.push(performance.now() - sent);
    }
  }
  waits.sort((a, b) => a - b);
  return {
    count: waits.length,
    took: performance.now() - began,
    p99: waits[Math.floor(waits.length * 0.99)] ?? 0,
    longest: waits.at(-1) ?? 0,
  };
}
