import { pino } from 'pino';
import { default as pretty } from 'pino-pretty';
import type { LogConfig } from '../config/model.js';

export type Log = pino.Logger;

const STDERR = 2;

/**
 * The daemon's log, on standard error: JSON lines, or for people when that is a terminal (`format = "auto"`).
 * Secrets never reach it: they are wrapped where the configuration is read. Mail addresses do not either,
 * except in lines of level debug and trace.
 */
export function createLog(config: LogConfig, destination?: pino.DestinationStream): Log {
  const readable = config.format === 'pretty' || (config.format === 'auto' && process.stderr.isTTY === true);
  const options = { level: config.level, base: null };
  // People and log collectors read "warn", not 40; pino-pretty wants the number.
  const lines = {
    ...options,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (destination !== undefined) return pino(options, destination);
  if (!readable) return pino(lines, pino.destination(STDERR));
  return pino(options, pretty({ destination: STDERR, sync: true, singleLine: true, translateTime: 'SYS:HH:MM:ss.l' }));
}
