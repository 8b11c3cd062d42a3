import type { ReplySink } from '../../../resp/sink.js';
import type { CommandDeclaration } from '../command.js';
import type { CommandTable } from '../command-table.js';
import { ACL_CATEGORIES, aclCategories } from './acl-categories.js';
import { hintsOf } from './hints.js';
import { type KeySpec, keySpecsOf, legacyRange } from './key-spec.js';

/** A command as COMMAND INFO tells it. */
export function describeCommand(reply: ReplySink, table: CommandTable, command: CommandDeclaration): void {
  const name = table.fullName(command);
  const specs = keySpecsOf(name);
  const categories = aclCategories(command);
  const { first, last, step, movable } = legacyRange(specs);
  const flags =
    command.subcommands && command.name !== 'command' ? [] : command.flags.filter((flag) => flag !== 'movablekeys');
  reply.array(10);
  reply.bulk(name);
  reply.integer(command.arity);
  writeSet(reply, movable ? [...flags, 'movablekeys'] : flags);
  reply.integer(first);
  reply.integer(last);
  reply.integer(step);
  writeSet(
    reply,
    ACL_CATEGORIES.filter((category) => categories.has(category)).map((category) => `@${category}`),
  );
  reply.set(hintsOf(name).length);
  for (const hint of hintsOf(name)) reply.bulk(hint);
  reply.set(specs.length);
  for (const spec of specs) describeSpec(reply, spec);
  const { subcommands = [] } = command;
  reply.set(subcommands.length);
  for (const child of subcommands) describeCommand(reply, table, child);
}

export function writeSet(reply: ReplySink, names: readonly string[]): void {
  reply.set(names.length);
  for (const name of names) reply.simple(name);
}

function describeSpec(reply: ReplySink, { begin, find, flags, note }: KeySpec): void {
  reply.map(note === undefined ? 3 : 4);
  if (note !== undefined) {
    reply.bulk('notes');
    reply.bulk(note);
  }
  reply.bulk('flags');
  writeSet(reply, flags);
  reply.bulk('begin_search');
  describePart(reply, begin.type, beginFields(begin));
  reply.bulk('find_keys');
  describePart(reply, find.type, findFields(find));
}

function beginFields(begin: KeySpec['begin']): readonly (readonly [string, number | string])[] {
  switch (begin.type) {
    case 'index':
      return [['index', begin.index]];
    case 'keyword':
      return [
        ['keyword', begin.keyword],
        ['startfrom', begin.from],
      ];
    case 'unknown':
      return [];
  }
}

function findFields(find: KeySpec['find']): readonly (readonly [string, number])[] {
  switch (find.type) {
    case 'range':
      return [
        ['lastkey', find.last],
        ['keystep', find.step],
        ['limit', find.limit],
      ];
    case 'keynum':
      return [
        ['keynumidx', 0],
        ['firstkey', 1],
        ['keystep', 1],
      ];
    case 'unknown':
      return [];
  }
}

function describePart(reply: ReplySink, type: string, fields: readonly (readonly [string, number | string])[]): void {
  reply.map(2);
  reply.bulk('type');
  reply.bulk(type);
  reply.bulk('spec');
  reply.map(fields.length);
  for (const [name, value] of fields) {
    reply.bulk(name);
    if (typeof value === 'number') reply.integer(value);
    else reply.bulk(value);
  }
}
