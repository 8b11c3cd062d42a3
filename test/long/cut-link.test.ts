import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/core/random.js';
import { temporaryFolder } from '../harness/folder.js';
import { freePorts } from '../harness/ports.js';
import { requireProgram } from '../harness/programs.js';
import { startRedis } from '../harness/redis.js';
import { Relay } from '../harness/relay.js';
import { ServerProcess } from '../harness/server-process.js';
import { asReplicated, differences, expiresBefore, type State, stateOf } from '../harness/state.js';
import { until } from '../harness/until.js';
import { Pipeline } from './pipeline.js';
import { RandomWrites } from './random-writes.js';
import { record } from './results.js';

/** Primary and replica, one of them or both ours, whose link is cut while the primary takes 100,000 writes of all kinds. */
const WRITES = 100_000;
const BATCH = 500;

interface Node extends AsyncDisposable {
  readonly port: number;
}

const counts: Record<string, string> = {};
/** Of all of them together. */
let began: number | undefined;

describe.skipIf(!requireProgram('redis'))('a link that is cut', () => {
  it.each([
    { primary: startOurs, replica: startReal, title: 'ours, followed by redis-server', backlog: '100mb' },
    { primary: startReal, replica: startOurs, title: 'redis-server, followed by ours', backlog: '100mb' },
    { primary: startOurs, replica: startOurs, title: 'ours, followed by ours', backlog: '100mb' },
    { primary: startOurs, replica: startReal, title: 'ours, followed by redis-server', backlog: '1mb' },
    { primary: startReal, replica: startOurs, title: 'redis-server, followed by ours', backlog: '1mb' },
  ])('$title, with a backlog of $backlog', async ({ primary, replica, title, backlog }) => {
    began ??= performance.now();
    await using first = await primary(['--repl-backlog-size', backlog]);
    await using second = await replica([]);
    await using relay = await Relay.to(first.port);
    using writer = await Pipeline.connect(first.port);
    using reader = await Pipeline.connect(second.port);
    const writes = new RandomWrites(seededRandom(backlog.length + title.length).below);
    const write = async (count: number) => {
      const commands = Array.from({ length: count }, () => writes.next()).flat();
      await writer.run(commands.length, BATCH, (i) => commands[i]!);
    };

    await writer.run(writes.preparations.length, BATCH, (i) => writes.preparations[i]!);
    await write(20_000);
    await reader.ask(['REPLICAOF', '127.0.0.1', String(relay.port)]);
    await until(async () => (await told(reader, 'master_link_status')) === 'up', 'the link is up', 60_000);
    await write(20_000);
    relay.cut();
    await until(async () => (await told(writer, 'connected_slaves')) === '0', 'the replica has gone', 60_000);
    await write(WRITES);
    relay.heal();
    await until(async () => (await told(reader, 'master_link_status')) === 'up', 'the link is up again', 120_000);
    await write(20_000);
    const state = await lastingState(first.port);
    await until(async () => (await offset(writer)) === (await offset(reader)), 'the replica has everything', 60_000);
    expect(differences(state, asReplicated(await stateOf(second.port)))).toEqual([]);
    expect(await digest(reader)).toBe(await digest(writer));
    expectAllKinds(state);

    const isPartial = backlog === '100mb';
    expect(await told(writer, 'sync_partial_ok')).toBe(isPartial ? '1' : '0');
    expect(await told(writer, 'sync_full')).toBe(isPartial ? '1' : '2');
    counts[`${title}, backlog ${backlog}`] = isPartial ? 'went on' : 'took a snapshot';
    record({ test: 'cut link', did: DID, counts: { 'writes meanwhile': WRITES, ...counts }, began });
  });
});

const DID =
  'a primary and its replica, one of them or both the bundled server, as processes; the link is cut, the primary takes random writes of all kinds, the link heals; then every value, time of expiry, consumer group, pending entry and function is the same';

async function startOurs(words: readonly string[]): Promise<Node> {
  const [port = 0] = await freePorts(1);
  const folder = temporaryFolder();
  const options = ['--port', port, '--dir', folder.path, '--save', '', '--enable-debug-command', 'yes'];
  const server = new ServerProcess([...options.map(String), '--repl-diskless-sync-delay', '0', ...words]);
  const stop = async () => {
    await server[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  };
  await server.ready().catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { port, [Symbol.asyncDispose]: stop };
}

async function startReal(words: readonly string[]): Promise<Node> {
  const given = Object.fromEntries(words.flatMap((word, i) => (i % 2 === 0 ? [[word.slice(2), words[i + 1]!]] : [])));
  const directives = { 'enable-debug-command': 'yes', 'repl-diskless-sync-delay': '0', ...given };
  const redis = await startRedis({ directives });
  return { port: redis.port, [Symbol.asyncDispose]: () => redis.stop() };
}

async function told(client: Pipeline, field: string): Promise<string | undefined> {
  const text = String(await client.ask(['INFO', 'everything']));
  return new RegExp(`^${field}:(.*?)\r?$`, 'm').exec(text)?.[1];
}

async function offset(client: Pipeline): Promise<string | undefined> {
  return (await told(client, 'slave_repl_offset')) ?? (await told(client, 'master_repl_offset'));
}

/** Once what lives shortly is gone: the rest stays as long as a test. */
async function lastingState(port: number): Promise<State> {
  let state = await stateOf(port);
  const lasts = async () => !expiresBefore(Date.now() + 600_000, (state = await stateOf(port)));
  await until(lasts, 'what lives shortly is gone', 60_000);
  return asReplicated(state);
}

/** Else the comparison would say little. */
function expectAllKinds({ keys, functions }: State): void {
  const all = [...keys.values()];
  for (const type of ['string', 'hash', 'list', 'set', 'zset', 'stream'])
    expect(all.filter((key) => key.type === type).length, type).toBeGreaterThan(20);
  expect(all.filter(({ expires }) => expires > 0).length).toBeGreaterThan(100);
  expect(all.filter(({ stream }) => PENDING.test(stream ?? '')).length).toBeGreaterThan(5);
  expect(functions).toMatch(/#!lua name=lib/);
}

/** In XINFO STREAM … FULL. */
const PENDING = /pel-count\r\n:[1-9]/;

async function digest(client: Pipeline): Promise<string> {
  return String(await client.ask(['DEBUG', 'DIGEST']));
}
