import { pino } from 'pino';
import { default as pretty } from 'pino-pretty';
import type { LogConfig } from '../config/model.js';

export type Log = pino.Logger;

const STDERR = 2;

/** People and log collectors read "warn", not 40; pino-pretty wants the number. */
const JSON_LINES = {
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (label: string) => ({ level: label }) },
};

/** Whether the log is for people. */
export function isPretty({ format }: LogConfig): boolean {
  return format === 'pretty' || (format === 'auto' && process.stderr.isTTY === true);
}

/**
 * The daemon's log, on standard error: JSON lines, or for people when that is a terminal (`format = "auto"`).
 * Secrets never reach it: they are wrapped where the configuration is read. Mail addresses do not either,
 * except in lines of level debug and trace.
 */
export function createLog(config: LogConfig, destination?: pino.DestinationStream): Log {
  const options = { level: config.level, base: null };
  if (destination !== undefined) return pino(options, destination);
  if (!isPretty(config)) return pino({ ...options, ...JSON_LINES }, pino.destination(STDERR));
  return pino(options, pretty({ destination: STDERR, sync: true, singleLine: true, translateTime: 'SYS:HH:MM:ss.l' }));
}

/** The log of a worker process: lines for the main process, which writes them where its own go (`forward`). */
export function createWorkerLog(
  { level }: LogConfig,
  { id, pretty: isForPeople }: { readonly id: number; readonly pretty: boolean },
): Log {
  return pino({ level, base: { worker: id }, ...(isForPeople ? {} : JSON_LINES) }, pino.destination(STDERR));
}

/** Writes a line of a worker's log; what is no such line, as the last words of one that crashes, as an error. */
export function forward(log: Log, worker: number, line: string): void {
  if (line.startsWith('{') && line.endsWith('}')) (log as Streaming)[pino.symbols.streamSym].write(`${line}\n`);
  else log.error({ worker }, line);
}

/** Where a pino log writes to, which its type leaves out. */
type Streaming = Log & { readonly [pino.symbols.streamSym]: pino.DestinationStream };
