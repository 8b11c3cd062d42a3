import type { ReplySink } from '../../../resp/sink.js';
import type { CommandDeclaration } from '../command.js';
import type { CommandTable } from '../command-table.js';
import { type DocumentedArgument, readArgument } from './argument-notation.js';

/** A field of a map reply, written when its turn comes. */
type Field = readonly [name: string, write: () => void];

/** A command as COMMAND DOCS tells it: its full name and what is known of it. */
export function documentCommand(reply: ReplySink, table: CommandTable, command: CommandDeclaration): void {
  reply.bulk(table.fullName(command));
  writeFields(reply, [
    ...texts(reply, { summary: command.summary, since: command.since, group: command.group }),
    ...texts(reply, { complexity: command.complexity || undefined }),
    ...standing(reply, command),
    ...when(command.history, 'history', (history) => {
      reply.set(history.length);
      for (const line of history) writeChange(reply, line);
    }),
    ...when(command.arguments, 'arguments', (texts) => writeArguments(reply, texts.map(readArgument))),
    ...when(command.subcommands, 'subcommands', (subcommands) => {
      reply.map(subcommands.length);
      for (const child of subcommands) documentCommand(reply, table, child);
    }),
  ]);
}

/** Whether it should be used at all. */
function standing(reply: ReplySink, { deprecated, system }: CommandDeclaration): Field[] {
  const flags = [...(deprecated ? ['deprecated'] : []), ...(system ? ['syscmd'] : [])];
  return [
    ...(flags.length === 0 ? [] : [['doc_flags', () => writeFlags(reply, flags)] as const]),
    ...texts(reply, { deprecated_since: deprecated?.since, replaced_by: deprecated?.use }),
  ];
}

function writeChange(reply: ReplySink, line: string): void {
  const space = line.indexOf(' ');
  reply.array(2);
  reply.bulk(line.slice(0, space));
  reply.bulk(line.slice(space + 1));
}

function writeArguments(reply: ReplySink, all: readonly DocumentedArgument[]): void {
  reply.array(all.length);
  for (const argument of all) writeArgument(reply, argument);
}

function writeArgument(reply: ReplySink, argument: DocumentedArgument): void {
  const { name, type, keySpec, token, since, deprecatedSince, flags, parts } = argument;
  writeFields(reply, [
    ...texts(reply, { name, type }),
    ...when(keySpec, 'key_spec_index', (index) => reply.integer(index)),
    ...texts(reply, { token, since, deprecated_since: deprecatedSince }),
    ...(flags.length === 0 ? [] : [['flags', () => writeFlags(reply, flags)] as const]),
    ...(parts.length === 0 ? [] : [['arguments', () => writeArguments(reply, parts)] as const]),
  ]);
}

function writeFlags(reply: ReplySink, flags: readonly string[]): void {
  reply.set(flags.length);
  for (const flag of flags) reply.simple(flag);
}

function texts(reply: ReplySink, values: Readonly<Record<string, string | undefined>>): Field[] {
  return Object.entries(values).flatMap(([name, value]) => when(value, name, (text) => reply.bulk(text)));
}

function when<T>(value: T | undefined, name: string, write: (value: T) => void): Field[] {
  return value === undefined ? [] : [[name, () => write(value)]];
}

function writeFields(reply: ReplySink, fields: readonly Field[]): void {
  reply.map(fields.length);
  for (const [name, write] of fields) {
    reply.bulk(name);
    write();
  }
}
