import type { CommandDeclaration } from './command.js';
import { connectionCommands } from './connection/index.js';
import { pubsubCommands } from './pubsub/index.js';
import { scriptingCommands } from './scripting/index.js';
import { stringCommands } from './string/index.js';
import { transactionCommands } from './transactions/index.js';

/** Every command the server knows, group by group. */
export const allCommands: readonly CommandDeclaration[] = [
  ...connectionCommands,
  ...pubsubCommands,
  ...scriptingCommands,
  ...stringCommands,
  ...transactionCommands,
];
