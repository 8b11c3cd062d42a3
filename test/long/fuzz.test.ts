import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { seededRandom } from '../../src/core/random.js';
import { createServer, type Server } from '../../src/server/index.js';
import { Pipeline } from './pipeline.js';
import { record } from './results.js';

/**
 * A minute of bytes nobody should send to the bundled server: random ones, commands with a byte changed, cut or
 * doubled, lengths that lie, and whole commands with arguments that make no sense. It answers others meanwhile, ends
 * no process, has no internal error, and lets go of every connection.
 */
const DURATION = 60_000;
const CLIENTS = 8;
const SEED = 20_260_101;

test('garbage instead of RESP', async () => {
  const began = performance.now();
  const faults: string[] = [];
  const log = (level: string, message: string) => void (level === 'warning' && faults.push(message));
  const server = await createServer({ log, settings: { scriptLimit: 100 } });
  const { port = 0 } = await server.listen({ port: 0 });
  try {
    const fuzz = new Fuzz(server, port, performance.now() + DURATION);
    using witness = await Pipeline.connect(port);
    const attacks = Array.from({ length: CLIENTS }, (_, i) => fuzz.attack(SEED + i));
    let longest = 0;
    while (performance.now() < fuzz.end) {
      const asked = performance.now();
      expect(String(await witness.ask(['ECHO', 'still here']))).toBe('still here');
      longest = Math.max(longest, performance.now() - asked);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await Promise.all(attacks);
    expect(faults.filter((message) => /failed: /.test(message))).toEqual([]);
    expect(fuzz.internalErrors).toEqual([]);
    // The witness only.
    await expect.poll(() => server.sessions.size, { timeout: 10_000 }).toBe(1);
    record({
      test: 'garbage',
      did: `${CLIENTS} clients send the bundled server random bytes, damaged commands, lying lengths and commands with senseless arguments, while another one asks every 10 ms`,
      counts: {
        connections: fuzz.connections,
        messages: fuzz.messages,
        'bytes sent': fuzz.bytes,
        'error replies': server.stats.errorReplies,
        'internal errors': 0,
        'longest wait of the other client (ms)': Math.round(longest),
      },
      began,
    });
  } finally {
    await server.close();
  }
});

/** Commands that are meant to stop a server, or others from being served. */
const SPARED = new Set(['shutdown', 'debug', 'client', 'config', 'acl', 'auth', 'monitor', 'replicaof', 'slaveof']);

class Fuzz {
  connections = 0;
  messages = 0;
  bytes = 0;
  readonly internalErrors: string[] = [];
  private readonly names: readonly string[];

  constructor(
    server: Server,
    private readonly port: number,
    readonly end: number,
  ) {
    this.names = [...server.commands.all()].map(({ name }) => name).filter((name) => !SPARED.has(name));
  }

  /** Connections one after another, each with some messages, until the time is over. */
  async attack(seed: number): Promise<void> {
    const random = seededRandom(seed);
    while (performance.now() < this.end) {
      const messages = Array.from({ length: 1 + random.below(40) }, () => this.message(random));
      await this.connection(messages, random.below(4) === 0);
    }
  }

  private async connection(messages: readonly Buffer[], inPieces: boolean): Promise<void> {
    const socket = connect(this.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      if (chunk.includes('internal error')) this.internalErrors.push(chunk.toString('latin1').slice(0, 300));
    });
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    await Promise.race([new Promise((resolve) => socket.once('connect', resolve)), closed]);
    this.connections++;
    for (const message of messages) {
      if (!socket.writable) break;
      this.messages++;
      this.bytes += message.length;
      if (inPieces) for (let at = 0; at < message.length; at += 7) socket.write(message.subarray(at, at + 7));
      else socket.write(message);
      if (inPieces) await new Promise((resolve) => setImmediate(resolve));
    }
    // A blocked client or half a command would wait for ever: FIN, and soon the end.
    socket.end();
    const late = setTimeout(() => socket.destroy(), 50);
    await closed;
    clearTimeout(late);
  }

  private message(random: ReturnType<typeof seededRandom>): Buffer {
    switch (random.below(6)) {
      case 0:
        return random.bytes(random.below(200));
      case 1:
        return lyingLength(random);
      case 2:
        return damaged(encode(this.command(random)), random);
      default:
        return encode(this.command(random));
    }
  }

  private command(random: ReturnType<typeof seededRandom>): Buffer[] {
    const name = this.names[random.below(this.names.length)]!;
    const rest = Array.from({ length: random.below(7) }, () => argument(random));
    return [Buffer.from(name), ...rest];
  }
}

const WORDS = [
  '',
  '0',
  '-1',
  '1',
  '10',
  '3.5',
  '-inf',
  'nan',
  '9223372036854775807',
  '-9223372036854775809',
  '1e400',
  '*',
  '[a-',
  '(1',
  '+',
  '$',
  'k1',
  'k2',
  'k3',
  '{k}1',
  'EX',
  'PX',
  'NX',
  'GET',
  'COUNT',
  'MATCH',
  'LIMIT',
  'BY',
  'STORE',
  'WITHSCORES',
  'LEFT',
  'RIGHT',
  'BEFORE',
  'AND',
  'return redis.call(KEYS[1], ARGV[1])',
  'return {1, {2, false}, "x"}',
  'while true do end',
];

function argument(random: ReturnType<typeof seededRandom>): Buffer {
  const word = WORDS[random.below(WORDS.length)]!;
  // A script that never ends costs its limit each time: seldom.
  if (word.startsWith('while') && random.below(20) > 0) return Buffer.from('k1');
  return random.below(5) === 0 ? random.bytes(random.below(40)) : Buffer.from(word);
}

function encode(words: readonly Buffer[]): Buffer {
  const parts = words.flatMap((word) => [Buffer.from(`$${word.length}\r\n`), word, Buffer.from('\r\n')]);
  return Buffer.concat([Buffer.from(`*${words.length}\r\n`), ...parts]);
}

/** One byte changed, left out or doubled. */
function damaged(bytes: Buffer, random: ReturnType<typeof seededRandom>): Buffer {
  const at = random.below(bytes.length);
  const before = bytes.subarray(0, at);
  const after = bytes.subarray(at + 1);
  switch (random.below(3)) {
    case 0:
      return Buffer.concat([before, random.bytes(1), after]);
    case 1:
      return Buffer.concat([before, after]);
    default:
      return Buffer.concat([before, bytes.subarray(at, at + 1), bytes.subarray(at)]);
  }
}

function lyingLength(random: ReturnType<typeof seededRandom>): Buffer {
  const length = ['-1', '-2', '0', '536870912', '536870913', '99999999999999999999', '1e3', ' 3', '+3'][
    random.below(9)
  ];
  const head = random.below(2) === 0 ? `*${length}\r\n` : `*2\r\n$3\r\nGET\r\n$${length}\r\n`;
  return Buffer.concat([Buffer.from(head), random.bytes(random.below(30))]);
}
