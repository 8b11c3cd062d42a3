import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { runProgram } from '../../src/cli/program.js';
import { createOutput } from '../../src/cli/terminal.js';
import { feed } from './feed.js';

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Leaves its input open, to be written to; of `startProcess` only. */
  readonly open?: boolean;
  /** Whether its outputs are a terminal; in this process only. */
  readonly isTerminal?: boolean;
}

/** Runs the program in this process, as if started with these arguments. */
export async function runHere(argv: readonly string[], options: ProgramOptions = {}): Promise<Ended> {
  const { env = {}, input = '', isTerminal = false } = options;
  const written = { out: '', err: '' };
  const outputTo = (stream: 'out' | 'err') =>
    createOutput(isTerminal, env, (text) => {
      written[stream] += typeof text === 'string' ? text : Buffer.from(text).toString();
    });
  const terminal = { input: Readable.from([input]), out: outputTo('out'), err: outputTo('err'), env };
  return { code: await runProgram(argv, terminal), ...written };
}

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** Runs the program from its sources in a process of its own, its outputs pipes. */
export function runProcess(argv: readonly string[], options: ProgramOptions = {}): Promise<Ended> {
  const child = startProcess(argv, options);
  const text = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text.out += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (text.err += chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...text }));
  });
}

/** The same while it runs. */
export function startProcess(argv: readonly string[], options: ProgramOptions = {}): ChildProcessWithoutNullStreams {
  const env = { PATH: process.env['PATH'], ...options.env };
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...argv], { env });
  if (options.open !== true) feed(child.stdin, options.input);
  return child;
}
