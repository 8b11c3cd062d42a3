import { directives } from '../../server/configuration/directives.js';
import type { KnownCommands } from './known-commands.js';
import { argumentsOf, syntaxOf, tokensOf } from './syntax.js';

/** What could stand where the cursor is: whole words, and the part of one that is typed already. */
export interface Completion {
  readonly words: readonly string[];
  readonly typed: string;
  /** What the command takes, to be shown where no word is to be completed. */
  readonly syntax: string | undefined;
}

/** The console's own commands. */
const OWN_COMMANDS = ['clear', 'exit', 'help', 'quit'] as const;

export function complete(line: string, known: KnownCommands): Completion {
  const before = line.split(/\s+/).filter((word, i, all) => word !== '' || i === all.length - 1);
  const typed = before.pop() ?? '';
  if (before.length === 0) return among([...topLevel(known), ...OWN_COMMANDS], typed);
  if (/^(help|\?)$/i.test(before[0]!)) return topics(before.slice(1), typed, known);
  return argumentsFor(before, typed, known);
}

function argumentsFor(before: readonly string[], typed: string, known: KnownCommands): Completion {
  const found = known.find(before);
  if (found === undefined) return { words: [], typed, syntax: undefined };
  const { name, declaration } = found.command;
  if (declaration.subcommands !== undefined && before.length === 1) {
    return among(childrenOf(name, known), typed);
  }
  const syntax = syntaxOf(name, declaration);
  // Before anything is typed the syntax says more than words that may come much later.
  if (typed === '') return { words: [], typed, syntax };
  const given = new Set(before.slice(found.length).map((word) => word.toUpperCase()));
  const tokens = tokensOf(argumentsOf(declaration)).filter((token) => !given.has(token));
  return among([...tokens, ...(CONFIG.test(name) ? DIRECTIVES : [])], typed, syntax);
}

function topics(before: readonly string[], typed: string, known: KnownCommands): Completion {
  const [first] = before;
  if (first !== undefined) return among(childrenOf(first.toLowerCase(), known), typed);
  const groups = [...known.all()].map(({ declaration }) => `@${declaration.group}`);
  return among([...topLevel(known), ...groups], typed);
}

function topLevel(known: KnownCommands): string[] {
  return [...known.all()].map(({ name }) => name).filter((name) => !name.includes(' '));
}

function childrenOf(parent: string, known: KnownCommands): string[] {
  const start = `${parent} `;
  return [...known.all()].filter(({ name }) => name.startsWith(start)).map(({ name }) => name.slice(start.length));
}

const CONFIG = /^config (get|set)$/;
const DIRECTIVES = directives.filter(({ hidden }) => hidden !== true).map(({ name }) => name);

/** In the case that is typed; nothing typed means as the documentation has it. */
function among(candidates: readonly string[], typed: string, syntax?: string): Completion {
  const wanted = typed.toLowerCase();
  const cased = isLower(typed) ? (word: string) => word.toLowerCase() : (word: string) => word.toUpperCase();
  const words = candidates.filter((word) => word.toLowerCase().startsWith(wanted)).map(cased);
  return { words: [...new Set(words)].sort(), typed, syntax };
}

function isLower(typed: string): boolean {
  return typed !== typed.toUpperCase();
}
