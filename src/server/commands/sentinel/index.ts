import type { CommandDeclaration } from '../command.js';
import { connectionCommands } from '../connection/index.js';
import { pubsubCommands } from '../pubsub/index.js';
import { serverCommands } from '../server/index.js';
import { info } from './info.js';
import { publish } from './publish.js';
import { role } from './role.js';
import { sentinel } from './sentinel/index.js';

/** What a sentinel has of the commands of any server, as of Redis 7.0. */
const OF_ANY_SERVER: ReadonlySet<string> = new Set([
  'acl',
  'auth',
  'client',
  'command',
  'hello',
  'ping',
  'psubscribe',
  'punsubscribe',
  'shutdown',
  'subscribe',
  'unsubscribe',
]);

/** Redis answers it without having it among its commands in this mode. */
export const UNLISTED: ReadonlySet<string> = new Set(['quit']);

/** Every command of a sentinel, in place of all others. */
export const sentinelModeCommands: readonly CommandDeclaration[] = [
  ...[...connectionCommands, ...pubsubCommands, ...serverCommands]
    .filter(({ name }) => OF_ANY_SERVER.has(name) || UNLISTED.has(name))
    .map(withoutLaterSubcommands),
  info,
  publish,
  role,
  sentinel,
];

/** CLIENT has some that came with Redis 7.2. */
function withoutLaterSubcommands(command: CommandDeclaration): CommandDeclaration {
  const { subcommands } = command;
  if (subcommands === undefined) return command;
  return { ...command, subcommands: subcommands.filter(({ since }) => since < '7.1') };
}
