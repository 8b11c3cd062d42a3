import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/core/random.js';
import { freePorts } from '../harness/ports.js';
import { requireProgram } from '../harness/programs.js';
import { startRedis } from '../harness/redis.js';
import { Relay } from '../harness/relay.js';
import { ServerProcess } from '../harness/server-process.js';
import { until } from '../harness/until.js';
import { Pipeline } from './pipeline.js';
import { record } from './results.js';

/** Primary and replica, one of them or both ours, whose link is cut while the primary takes 100,000 writes of all types. */
const WRITES = 100_000;
const BATCH = 500;

interface Node extends AsyncDisposable {
  readonly port: number;
}

const counts: Record<string, string> = {};

describe.skipIf(!requireProgram('redis'))('a link that is cut', () => {
  it.each([
    { primary: startOurs, replica: startReal, title: 'ours, followed by redis-server', backlog: '100mb' },
    { primary: startReal, replica: startOurs, title: 'redis-server, followed by ours', backlog: '100mb' },
    { primary: startOurs, replica: startOurs, title: 'ours, followed by ours', backlog: '100mb' },
    { primary: startOurs, replica: startReal, title: 'ours, followed by redis-server', backlog: '1mb' },
    { primary: startReal, replica: startOurs, title: 'redis-server, followed by ours', backlog: '1mb' },
  ])('$title, with a backlog of $backlog', async ({ primary, replica, title, backlog }) => {
    const began = performance.now();
    await using first = await primary(['--repl-backlog-size', backlog]);
    await using second = await replica([]);
    await using relay = await Relay.to(first.port);
    using writer = await Pipeline.connect(first.port);
    using reader = await Pipeline.connect(second.port);
    const random = seededRandom(backlog.length + title.length);
    const write = (count: number) => writer.run(count, BATCH, () => randomWrite(random.below));

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
    await until(async () => (await digest(writer)) === (await digest(reader)), 'both have the same data', 60_000);

    const isPartial = backlog === '100mb';
    expect(await told(writer, 'sync_partial_ok')).toBe(isPartial ? '1' : '0');
    expect(await told(writer, 'sync_full')).toBe(isPartial ? '1' : '2');
    expect(Number(await writer.ask(['DBSIZE']))).toBeGreaterThan(1000);
    counts[`${title}, backlog ${backlog}`] = isPartial ? 'went on' : 'took a snapshot';
    record({ test: 'cut link', did: DID, counts: { 'writes meanwhile': WRITES, ...counts }, began });
  });
});

const DID =
  'a primary and its replica, one of them or both the bundled server, as processes; the link is cut, the primary takes random writes of all types, the link heals; then DEBUG DIGEST is the same';

async function startOurs(words: readonly string[]): Promise<Node> {
  const [port = 0] = await freePorts(1);
  const options = ['--port', port, '--save', '', '--enable-debug-command', 'yes', '--repl-diskless-sync-delay', '0'];
  const server = await new ServerProcess([...options.map(String), ...words]).ready();
  return { port, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
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

async function digest(client: Pipeline): Promise<string> {
  return String(await client.ask(['DEBUG', 'DIGEST']));
}

/** Few enough keys that each is changed again and again, in its own type. */
function randomWrite(below: (bound: number) => number): readonly string[] {
  const one = (prefix: string) => `${prefix}${below(500)}`;
  const word = () => `w${below(200)}`;
  const choices: readonly (() => readonly string[])[] = [
    () => ['SET', one('s'), word().repeat(1 + below(20))],
    () => ['SET', one('e'), word(), 'PX', String(50 + below(100_000))],
    () => ['APPEND', one('s'), word()],
    () => ['SETRANGE', one('s'), String(below(50)), word()],
    () => ['INCRBYFLOAT', one('f'), `${below(1000) / 8}`],
    () => ['INCRBY', one('n'), String(below(1000) - 500)],
    () => ['HSET', one('h'), word(), word(), word(), word()],
    () => ['HINCRBY', one('hn'), word(), String(below(9))],
    () => ['HDEL', one('h'), word()],
    () => ['RPUSH', one('l'), word(), word()],
    () => ['LPOP', one('l')],
    () => ['LTRIM', one('l'), '0', '200'],
    () => ['SADD', one('t'), word(), String(below(1000))],
    () => ['SPOP', one('t')],
    () => ['ZADD', one('z'), String(below(1000)), word()],
    () => ['ZINCRBY', one('z'), '0.1', word()],
    () => ['ZPOPMIN', one('z')],
    () => ['XADD', one('x'), 'MAXLEN', '~', '100', '*', 'f', word()],
    () => ['PFADD', one('p'), word()],
    () => ['SETBIT', one('b'), String(below(2000)), '1'],
    () => ['GEOADD', one('g'), String(below(180)), String(below(80)), word()],
    () => ['COPY', one('h'), one('hc'), 'REPLACE'],
    () => ['SUNIONSTORE', one('tu'), one('t'), one('t')],
    () => ['EXPIRE', one('l'), String(1000 + below(1000))],
    () => ['PERSIST', one('l')],
    () => ['DEL', one('s'), one('h')],
    () => [
      'EVAL',
      "return redis.call('INCR', KEYS[1]) + redis.call('LPUSH', KEYS[2], ARGV[1])",
      '2',
      one('n'),
      one('l'),
      word(),
    ],
  ];
  return choices[below(choices.length)]!();
}
