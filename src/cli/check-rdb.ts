import { checkRdb } from '../server/persistence/rdb/check.js';
import { defaultSettings } from '../server/settings.js';
import { ExitCode } from './exit-codes.js';
import type { Terminal } from './terminal.js';

/** `lookupd server --check-rdb FILE`, called as redis-check-rdb is. */
export function checkRdbFile(words: readonly string[], terminal: Terminal): ExitCode {
  const [path] = words;
  if (path === undefined || words.length > 1) {
    terminal.err.write('--check-rdb FILE\n');
    return ExitCode.usage;
  }
  const print = (line: string) => void terminal.out.write(Buffer.from(`${line}\n`, 'latin1'));
  try {
    return checkRdb(path, { now: Date.now(), limits: defaultSettings(), print }) ? ExitCode.ok : ExitCode.no;
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    terminal.err.write(`${error.message}\n`);
    return ExitCode.no;
  }
}
