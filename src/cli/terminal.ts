import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import pc from 'picocolors';

/** Where a command reads and writes. Tests give their own; the program has the process's streams. */
export interface Terminal {
  readonly input: Readable;
  readonly out: Output;
  readonly err: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A server goes on when nobody reads its log any more; other commands end then. */
  readonly outlives?: () => void;
}

/** One output stream: colours and decoration are for a terminal, a pipe gets plain text. */
export interface Output {
  readonly isTerminal: boolean;
  readonly colors: Colors;
  /** Where a line editor draws; only the process's own outputs have it. */
  readonly stream?: Writable;
  write(text: string | Uint8Array): void;
  /** Resolves when a slow reader has caught up: for output without an end in sight. */
  drained(): Promise<void>;
}

export type Colors = ReturnType<typeof pc.createColors>;

export function createOutput(
  isTerminal: boolean,
  env: Terminal['env'],
  write: Output['write'],
  drained: Output['drained'] = () => Promise.resolve(),
): Output {
  return { isTerminal, colors: pc.createColors(wantsColor(isTerminal, env)), write, drained };
}

export function processTerminal(): Terminal {
  const { env, stdin, stdout, stderr } = process;
  return { input: stdin, out: streamOutput(stdout, env), err: streamOutput(stderr, env), env };
}

function streamOutput(stream: Writable & { readonly isTTY?: boolean }, env: Terminal['env']): Output {
  const drained = async () => {
    if (stream.writableNeedDrain) await once(stream, 'drain');
  };
  return { ...createOutput(stream.isTTY === true, env, (text) => stream.write(text), drained), stream };
}

/** NO_COLOR and FORCE_COLOR as no-color.org and Node have them. */
function wantsColor(isTerminal: boolean, env: Terminal['env']): boolean {
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false;
  if (env['FORCE_COLOR'] !== undefined) return env['FORCE_COLOR'] !== '0';
  return isTerminal && env['TERM'] !== 'dumb';
}
