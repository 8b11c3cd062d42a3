import { appendFileSync } from 'node:fs';
import type { LogLevel } from './server-options.js';

const LEVELS: readonly LogLevel[] = ['debug', 'verbose', 'notice', 'warning'];
const MARKS: Readonly<Record<LogLevel, string>> = { debug: '.', verbose: '-', notice: '*', warning: '#' };
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** Whether a server that logs from `least` on writes a line of this level. */
export function isLogged(level: LogLevel, least: string): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(least as LogLevel);
}

/** "1234:M 21 Nov 2026 05:00:31.123 * text", as redis-server logs; `role` is X for a sentinel. */
export function logLine(pid: number, time: Date, level: LogLevel, text: string, role: 'M' | 'X' = 'M'): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${two(time.getDate())} ${MONTHS[time.getMonth()]} ${time.getFullYear()}`;
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  const milliseconds = String(time.getMilliseconds()).padStart(3, '0');
  return `${pid}:${role} ${day} ${clock}.${milliseconds} ${MARKS[level]} ${text}\n`;
}

/** Where log lines go: a file, or standard output when it has no name. */
export function logTarget(file: string, output: (text: string) => void): (text: string) => void {
  return file === '' ? output : (text) => appendFileSync(file, text);
}
