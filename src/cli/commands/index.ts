import type { Command } from '../command.js';
import { check } from './check.js';
import { schema } from './schema.js';

/** Every command of the program, in the order of the help. A file of this folder, a line here. */
export const commands: readonly Command[] = [check, schema];
