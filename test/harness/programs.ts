import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Which real programs a test may start. One that is missing makes its tests skip, unless the environment
 * variable LOOKUPD_REQUIRE names it ("redis,postfix", or "all"): then its tests fail.
 *
 *     describe.skipIf(!requireProgram('redis'))('against a real Redis', …)
 */
const PROGRAMS = {
  redis: ['redis-server', 'redis-cli'],
  postfix: ['postmap'],
  dovecot: ['doveadm'],
} as const;

export type ProgramName = keyof typeof PROGRAMS;

/** Debian keeps administrators' programs out of a user's PATH. */
const EXTRA_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/sbin'];

/** True when all executables of the program are there; throws when they must be and are not. */
export function requireProgram(name: ProgramName): boolean {
  const missing = PROGRAMS[name].filter((file) => executable(file) === undefined);
  if (missing.length === 0) return true;
  if (isRequired(name)) throw new Error(`LOOKUPD_REQUIRE asks for ${name}, but ${missing.join(', ')} is not installed`);
  return false;
}

/** The path of an executable, looked for as a shell does. */
export function executable(file: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...EXTRA_FOLDERS];
  return folders.map((folder) => join(folder, file)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function isRequired(name: ProgramName): boolean {
  const required = (process.env['LOOKUPD_REQUIRE'] ?? '').split(',').map((word) => word.trim());
  return required.includes(name) || required.includes('all');
}
