import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

const PROGRAMS_FOLDER = join(homedir(), '.cache/lookupd-programs');

/** Installed there by `.ci/run`, from test/e2e/haraka/package.json. */
export const HARAKA = join(PROGRAMS_FOLDER, 'haraka/node_modules/Haraka/bin/haraka');

/** Unpacked there, with the macros that configurations are made from. */
export const SENDMAIL = join(PROGRAMS_FOLDER, 'sendmail-bin/usr/libexec/sendmail/sendmail');
export const SENDMAIL_MACROS = join(PROGRAMS_FOLDER, 'sendmail-cf/usr/share/sendmail/cf/');

export const OPENSMTPD = join(PROGRAMS_FOLDER, 'opensmtpd');
export const OPENSMTPD_TABLES = join(PROGRAMS_FOLDER, 'opensmtpd-extras');

/**
 * Which real programs a test may start. One that is missing makes its tests skip, unless the environment
 * variable LOOKUPD_REQUIRE names it ("redis,postfix", or "all"): then its tests fail.
 *
 *     describe.skipIf(!requireProgram('redis'))('against a real Redis', …)
 */
const PROGRAMS = {
  redis: ['redis-server', 'redis-cli'],
  postfix: ['postmap'],
  dovecot: ['doveadm', 'dovecot'],
  exim: ['exim4'],
  rspamd: ['rspamd', 'rspamc'],
  fish: ['fish'],
  zsh: ['zsh'],
  systemd: ['systemd-notify', 'systemd-analyze', () => existsSync(PYTHON) || PYTHON],
  sendmail: ['m4', () => (existsSync(SENDMAIL) && existsSync(SENDMAIL_MACROS)) || 'Sendmail'],
  opensmtpd: [() => (existsSync(OPENSMTPD) && existsSync(OPENSMTPD_TABLES)) || 'OpenSMTPD'],
  haraka: [() => existsSync(HARAKA) || 'Haraka'],
  // Libraries: what runs them, and whether it finds them.
  hiredis: ['gcc', () => existsSync('/usr/include/hiredis/hiredis.h') || 'libhiredis-dev'],
  'redis-py': [() => succeeds(PYTHON, '-c', 'import redis') || 'python3-redis'],
  'redis.pm': ['perl', () => succeeds('perl', '-MRedis', '-e', '1') || 'libredis-perl'],
} as const satisfies Record<string, readonly Part[]>;

/** An executable, or a check that answers true or what is missing. */
type Part = string | (() => true | string);

/** Debian's own, which has Debian's libraries whatever comes first in the PATH. */
export const PYTHON = '/usr/bin/python3';

export type ProgramName = keyof typeof PROGRAMS;

/** Debian keeps administrators' programs out of a user's PATH. */
const EXTRA_FOLDERS = ['/usr/sbin', '/usr/local/sbin', '/sbin', ...unpackedFolders('exim4-daemon-light')];

/** Packages that cannot be installed beside Postfix are only unpacked, by `.ci/run`. */
function unpackedFolders(name: string): string[] {
  return ['usr/sbin', 'usr/bin'].map((folder) => join(PROGRAMS_FOLDER, name, folder));
}

/** True when all executables of the program are there; throws when they must be and are not. */
export function requireProgram(name: ProgramName): boolean {
  const missing = (PROGRAMS[name] as readonly Part[]).map(lacking).filter((part) => part !== undefined);
  if (missing.length === 0) return true;
  if (isRequired(name)) throw new Error(`LOOKUPD_REQUIRE asks for ${name}, but ${missing.join(', ')} is not installed`);
  return false;
}

function lacking(part: Part): string | undefined {
  if (typeof part === 'string') return executable(part) === undefined ? part : undefined;
  const found = part();
  return found === true ? undefined : found;
}

function succeeds(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
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
