/**
 * The same script on a real Redis and on our engine; what the client reads is compared byte by byte. The
 * engine's commands are a handful of canned ones over the data that `startScriptTwin` puts into the real server.
 */
import type { Args } from '../../../src/resp/args.js';
import { Double, type Reply, ReplyError } from '../../../src/resp/reply.js';
import { ReplyWriter } from '../../../src/resp/writer.js';
import type { ScriptHost } from '../../../src/server/scripting/redis-library.js';
import { ScriptEngine } from '../../../src/server/scripting/script-engine.js';
import { type RedisServer, startRedis } from '../../harness/redis.js';
import { Wire } from '../../harness/wire.js';

export type Argument = string | Uint8Array;

export class ScriptTwin {
  private constructor(
    private readonly server: RedisServer,
    private readonly wires: Readonly<Record<2 | 3, Wire>>,
    private readonly engine: ScriptEngine,
  ) {}

  static async start(): Promise<ScriptTwin> {
    const server = await startRedis();
    const connect = () => Wire.connect({ host: '127.0.0.1', port: server.port });
    const wires = { 2: await connect(), 3: await connect() };
    wires[3].send('HELLO 3\r\nECHO ready\r\n');
    await wires[3].readUntil('ready\r\n');
    for (const command of DATA) await server.command(...command);
    return new ScriptTwin(server, wires, await ScriptEngine.create({ now: () => performance.now() }));
  }

  async stop(): Promise<void> {
    this.wires[2].close();
    this.wires[3].close();
    await this.server.stop();
  }

  /** What each answers, as text with one character for a byte. */
  async run(
    source: Argument,
    argv: readonly Argument[] = [],
    protocol: 2 | 3 = 2,
  ): Promise<{ real: string; ours: string }> {
    const ours = this.runOurs(source, argv, protocol);
    return { real: await this.runReal(source, argv, protocol), ours };
  }

  private async runReal(source: Argument, argv: readonly Argument[], protocol: 2 | 3): Promise<string> {
    const wire = this.wires[protocol];
    wire.send(Buffer.concat([encode(['EVAL', source, '0', ...argv]), encode(['ECHO', MARK])]));
    const end = `$${MARK.length}\r\n${MARK}\r\n`;
    const answer = await wire.readUntil(end);
    return answer.subarray(0, answer.length - end.length).toString('latin1');
  }

  private runOurs(source: Argument, argv: readonly Argument[], protocol: 2 | 3): string {
    const writer = new ReplyWriter();
    writer.protocol = protocol;
    writer.value(this.answer(Buffer.from(source), argv));
    return writer.take().toString('latin1');
  }

  private answer(source: Buffer, argv: readonly Argument[]): Reply {
    try {
      const sha = this.engine.load(source);
      return this.engine.run(
        sha,
        [],
        argv.map((value) => Buffer.from(value)),
        host,
        { timeLimit: 5_000 },
      );
    } catch (error) {
      if (error instanceof ReplyError) return error;
      throw error;
    }
  }
}

const MARK = 'c2d1b4a09f';

function encode(args: readonly Argument[]): Buffer {
  const parts = args.flatMap((arg) => [`$${Buffer.byteLength(arg)}\r\n`, arg, '\r\n']);
  return Buffer.concat([`*${args.length}\r\n`, ...parts].map((part) => Buffer.from(part)));
}

const DATA: readonly (readonly string[])[] = [
  ['SET', 'text', 'abc'],
  ['SET', 'big', '9007199254740993'],
  ['RPUSH', 'list', 'a', 'b'],
  ['HSET', 'hash', 'f', '1'],
  ['SADD', 'set', 'm'],
  ['ZADD', 'zset', '1.5', 'm'],
];

const wrongType = new ReplyError('WRONGTYPE Operation against a key holding the wrong kind of value');

/** Answers as a Redis with `DATA` does. */
const host: ScriptHost = {
  call(args: Args, resp: 2 | 3): Reply {
    const command = args.texts().join(' ').toLowerCase();
    if (args.word(0) === 'echo') return args.count === 2 ? args.bytes(1) : arity;
    const answer = ANSWERS[command];
    return answer === undefined ? unknown : answer(resp);
  },
  log() {},
  permits: (args) => (args.word(0) === 'get' ? true : undefined),
  setPropagation() {},
};

const unknown = new ReplyError('ERR Unknown Redis command called from script');
const arity = new ReplyError('ERR Wrong number of args calling Redis command from script');
const text = (value: string) => Buffer.from(value);

const ANSWERS: Readonly<Record<string, (resp: 2 | 3) => Reply>> = {
  ping: () => 'PONG',
  'get text': () => text('abc'),
  'get nothing': () => null,
  'get list': () => wrongType,
  get: () => arity,
  'incr text': () => new ReplyError('ERR value is not an integer or out of range'),
  'incrby big 0': () => 9007199254740993n,
  'lrange list 0 -1': () => [text('a'), text('b')],
  'mget text nothing text': () => [text('abc'), null, text('abc')],
  'hgetall hash': (resp) => (resp === 3 ? new Map([[text('f'), text('1')]]) : [text('f'), text('1')]),
  'smembers set': (resp) => (resp === 3 ? new Set([text('m')]) : [text('m')]),
  'zscore zset m': (resp) => (resp === 3 ? new Double(1.5) : text('1.5')),
};
