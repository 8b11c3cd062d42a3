import { ConfigError } from '../config/problem.js';
import { messageOf, StoreError } from '../core/errors.js';
import { UsageError } from './command.js';
import { ExitCode } from './exit-codes.js';
import { printProblems } from './problems.js';
import type { Terminal } from './terminal.js';

/** Says on standard error why a command failed, and with which code the program ends. */
export function reportFailure(error: unknown, terminal: Terminal): ExitCode {
  if (error instanceof ConfigError) {
    printProblems(error.problems, terminal.err);
    // Not 1: for a lookup that would say "no such key", and mail would bounce for a typo in a file.
    return ExitCode.temporary;
  }
  const { red } = terminal.err.colors;
  terminal.err.write(`${red('lookupd:')} ${messageOf(error)}\n`);
  if (error instanceof UsageError) return ExitCode.usage;
  return error instanceof StoreError && !error.temporary ? ExitCode.permanent : ExitCode.temporary;
}
