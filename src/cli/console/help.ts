import { nearest } from '../../config/suggestion.js';
import type { Colors } from '../terminal.js';
import type { KnownCommand, KnownCommands } from './known-commands.js';
import { syntaxOf } from './syntax.js';

/** What HELP answers, by the words behind it: nothing, a command, or "@group". */
export function helpFor(words: readonly string[], known: KnownCommands, colors: Colors): string {
  const [first] = words;
  if (first === undefined) return general(known);
  if (first.startsWith('@')) return ofGroup(first.slice(1).toLowerCase(), known, colors);
  const found = known.find(words);
  if (found === undefined || found.length < words.length) return unknown(words.join(' '), known);
  return [...described(found.command, colors), ...children(found.command, known, colors)].join('\n');
}

function general(known: KnownCommands): string {
  const groups = [...new Set([...known.all()].map(({ declaration }) => declaration.group))].sort();
  return `
  help <command>    what it does and takes; "help config set" for one of several
  help @<group>     the commands of a group: ${groups.map((group) => `@${group}`).join(' ')}
  <tab>             completes commands, subcommands and words; else shows what the command takes
  clear             clears the screen
  quit, Ctrl-D      ends the console; Ctrl-C gives up a line or a command that waits
`;
}

function described({ name, declaration }: KnownCommand, { bold, dim }: Colors): string[] {
  const { summary, since, group, complexity, deprecated, history = [] } = declaration;
  const line = (label: string, text: string) => `  ${dim(`${label}:`)} ${text}`;
  return [
    '',
    `  ${bold(syntaxOf(name, declaration))}`,
    line('summary', summary),
    line('since', since),
    line('group', group),
    ...(complexity === '' ? [] : [line('complexity', complexity)]),
    ...(deprecated === undefined ? [] : [line('deprecated', `since ${deprecated.since}: use ${deprecated.use}`)]),
    ...history.map((change) => line('changed', change)),
    '',
  ];
}

function children({ name, declaration }: KnownCommand, known: KnownCommands, colors: Colors): string[] {
  if (declaration.subcommands === undefined) return [];
  return list((command) => command.name.startsWith(`${name} `), known, colors);
}

function ofGroup(group: string, known: KnownCommands, colors: Colors): string {
  const lines = list(({ declaration }) => declaration.group === group, known, colors);
  return lines.length > 1 ? `\n${lines.join('\n')}` : `there is no group "@${group}": help tells which there are`;
}

function list(belongs: (command: KnownCommand) => boolean, known: KnownCommands, { dim }: Colors): string[] {
  const found = [...known.all()].filter(belongs).sort((a, b) => (a.name < b.name ? -1 : 1));
  const width = Math.max(0, ...found.map(({ name }) => name.length));
  return [
    ...found.map(({ name, declaration }) => `  ${name.toUpperCase().padEnd(width)}  ${dim(declaration.summary)}`),
    '',
  ];
}

function unknown(name: string, known: KnownCommands): string {
  const close = nearest(
    name.toLowerCase(),
    [...known.all()].map((command) => command.name),
  );
  return `no help for "${name}"${close === undefined ? '' : `: did you mean "${close}"?`}`;
}
