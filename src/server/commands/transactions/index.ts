import type { CommandDeclaration } from '../command.js';
import { discard } from './discard.js';
import { exec } from './exec.js';
import { multi } from './multi.js';
import { unwatch } from './unwatch.js';
import { watch } from './watch.js';

export const transactionCommands: readonly CommandDeclaration[] = [discard, exec, multi, unwatch, watch];
