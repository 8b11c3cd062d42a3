import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { ReplyError } from '../../src/resp/reply.js';
import { ReplyDecoder } from '../../src/resp/reply-decoder.js';
import { loadConfiguration } from '../../src/server/configuration/config-file.js';
import { Server } from '../../src/server/server.js';
import { type TemporaryFolder, temporaryFolder } from './folder.js';
import { freePorts } from './ports.js';
import { executable } from './programs.js';
import { RawClient, type Words } from './raw-client.js';
import { endWithUs, untilSaid } from './redis.js';

/** A sentinel, ours in this process or a real one, with a configuration file in a folder of its own. */
export interface RunningSentinel extends AsyncDisposable {
  readonly kind: 'ours' | 'redis';
  readonly port: number;
  /** What the file says now. */
  readonly file: () => string;
  /** One command over a connection that stays; the reply as text (`replyText`). */
  ask(...words: Words): Promise<string>;
  kill(): Promise<void>;
}

export async function startSentinel(kind: RunningSentinel['kind'], lines: readonly string[]): Promise<RunningSentinel> {
  const folder = temporaryFolder();
  try {
    const { port, end } = await (kind === 'ours' ? startOurs(folder, lines) : startReal(folder, lines));
    const client = await RawClient.connect(port).catch(async (error) => {
      await end();
      throw error;
    });
    const kill = async () => {
      client.close();
      await end();
    };
    return {
      kind,
      port,
      file: () => readFileSync(folder.file('sentinel.conf'), 'latin1'),
      ask: async (...words) => replyText(await client.ask(words)),
      kill,
      [Symbol.asyncDispose]: async () => {
        await kill();
        folder[Symbol.dispose]();
      },
    };
  } catch (error) {
    folder[Symbol.dispose]();
    throw error;
  }
}

interface Started {
  readonly port: number;
  /** May be called again. */
  readonly end: () => Promise<void>;
}

async function startOurs(folder: TemporaryFolder, lines: readonly string[]): Promise<Started> {
  const file = folder.file('sentinel.conf');
  writeFileSync(file, `${lines.join('\n')}\n`);
  const configure: NonNullable<ConstructorParameters<typeof Server>[0]>['configure'] = (configuration) =>
    loadConfiguration(configuration, { file });
  const server = new Server({ isSentinel: true, keepsFiles: false, configure });
  const { port = 0 } = await server.listen({ port: 0 });
  return { port, end: () => server.close() };
}

async function startReal(folder: TemporaryFolder, lines: readonly string[]): Promise<Started> {
  for (let attempt = 1; ; attempt++) {
    const [port = 0] = await freePorts(1);
    const text = [`port ${port}`, 'bind 127.0.0.1', `dir ${folder.path}`, ...lines].join('\n');
    writeFileSync(folder.file('sentinel.conf'), `${text}\n`);
    const child = spawn(executable('redis-server')!, [folder.file('sentinel.conf'), '--sentinel']);
    endWithUs(child);
    const end = async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    };
    try {
      await untilSaid(child, 'Sentinel ID is');
      return { port, end };
    } catch (error) {
      await end();
      if (attempt === START_ATTEMPTS || !/in use/.test(String(error))) throw error;
    }
  }
}

const START_ATTEMPTS = 5;

/** A reply with its types: `"bulk"`, `+simple`, `-error`, `:1`, `[a, b]`, `{a: b}`. */
export function replyText(bytes: Buffer): string {
  return valueText(new ReplyDecoder().push(bytes)[0]);
}

function valueText(value: unknown): string {
  if (Buffer.isBuffer(value)) return JSON.stringify(value.toString('latin1'));
  if (value instanceof ReplyError) return `-${value.message}`;
  if (typeof value === 'string') return `+${value}`;
  if (typeof value === 'number') return `:${value}`;
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`;
  if (value instanceof Map) {
    return `{${[...(value as Map<unknown, unknown>)].map(([name, one]) => `${valueText(name)}: ${valueText(one)}`).join(', ')}}`;
  }
  return String(value);
}
