import { type ChildProcess, fork } from 'node:child_process';
import type { MainCalls, WorkerCalls } from './calls.js';
import { Channel, type Handlers, type Port } from './channel.js';
import { Lines } from './lines.js';

/** A worker as the main process sees it: its calls, its connections and its end. */
export interface WorkerProcess {
  /** From 1; a worker that takes another's place has its number. */
  readonly id: number;
  readonly pid: number | undefined;
  readonly calls: Pick<Channel<MainCalls, WorkerCalls>, 'call'>;
  /** Resolves once it has ended and all that it had said was heard: "exit status 1", "SIGKILL". */
  readonly ended: Promise<string>;
  /** Ends it at once. */
  kill(): void;
}

export interface SpawnOptions {
  readonly id: number;
  readonly handlers: Handlers<MainCalls>;
  /** Whether its log is for people. */
  readonly pretty: boolean;
  /** Each line of its standard error. */
  readonly onLine: (line: string) => void;
}

/** The program of a worker, beside this file: built, or from the sources in tests. */
const PROGRAM = new URL(`./run-worker${import.meta.url.slice(-3)}`, import.meta.url);

/** Told to the main process only: a worker is neither who systemd waits for, nor given its sockets. */
const MAIN_ONLY = /^(NOTIFY_SOCKET|WATCHDOG_|LISTEN_)/;

export function spawnWorker({ id, handlers, pretty, onLine }: SpawnOptions): WorkerProcess {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !MAIN_ONLY.test(name)));
  const child = fork(PROGRAM, [String(id), pretty ? 'pretty' : 'json'], {
    env,
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  const lines = new Lines(onLine);
  child.stderr?.on('data', (chunk: Buffer) => lines.push(chunk));
  const calls = new Channel<MainCalls, WorkerCalls>(child as Port, handlers);
  const ended = endOf(child).then((why) => {
    lines.end();
    calls.end(`worker ${id} has ended: ${why}`);
    return why;
  });
  return {
    id,
    pid: child.pid,
    calls,
    ended,
    kill: () => void child.kill('SIGKILL'),
  };
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      if (child.pid === undefined) resolve(error.message);
    });
    // All that it has written was read then, on its standard error and on the channel.
    child.once('close', (code: number | null, signal: string | null) => resolve(signal ?? `exit status ${code}`));
  });
}
