import type { CommandDeclaration, CommandGroup } from '../command.js';

/** The ACL categories of a command, without "@": what its group and flags imply, and what it adds. */
export function aclCategories(command: CommandDeclaration): ReadonlySet<string> {
  const categories = new Set<string>(command.categories);
  const { flags, group } = command;
  const ofGroup = GROUPS[group];
  // Containers belong to nobody; their subcommands do.
  if (ofGroup !== undefined && (command.run !== undefined || command.subcommands === undefined)) {
    if (!NOT_OF_KEYSPACE.has(command.name)) categories.add(ofGroup);
  }
  if (flags.includes('write')) categories.add('write');
  if (flags.includes('readonly') && group !== 'scripting') categories.add('read');
  if (flags.includes('admin')) categories.add('admin').add('dangerous');
  if (flags.includes('pubsub')) categories.add('pubsub');
  if (flags.includes('blocking')) categories.add('blocking');
  return categories.add(flags.includes('fast') ? 'fast' : 'slow');
}

/** All of them, in the order of ACL CAT. */
export const ACL_CATEGORIES: readonly string[] = [
  'keyspace',
  'read',
  'write',
  'set',
  'sortedset',
  'list',
  'hash',
  'string',
  'bitmap',
  'hyperloglog',
  'geo',
  'stream',
  'pubsub',
  'admin',
  'fast',
  'slow',
  'blocking',
  'dangerous',
  'connection',
  'transaction',
  'scripting',
];

const GROUPS: Readonly<Partial<Record<CommandGroup, string>>> = {
  string: 'string',
  list: 'list',
  set: 'set',
  'sorted-set': 'sortedset',
  hash: 'hash',
  stream: 'stream',
  bitmap: 'bitmap',
  hyperloglog: 'hyperloglog',
  geo: 'geo',
  generic: 'keyspace',
  scripting: 'scripting',
  transactions: 'transaction',
  connection: 'connection',
};

/** Of the generic group and yet, in Redis, not of @keyspace. */
const NOT_OF_KEYSPACE: ReadonlySet<string> = new Set(['sort', 'sort_ro', 'wait']);
