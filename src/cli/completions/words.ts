import type { ArgumentSpec, Command, OptionSpec } from '../command.js';

/** What the shells' scripts are made of: commands, their options and what their arguments are, from the declarations. */
export interface CommandWords {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly OptionWords[];
  readonly arguments: readonly ArgumentWords[];
}

export interface OptionWords {
  readonly short: string | undefined;
  readonly long: string;
  readonly summary: string;
  /** Undefined for an option without a value. */
  readonly value: Kind | undefined;
}

export interface ArgumentWords {
  readonly name: string;
  readonly kind: Kind;
  /** Stands for all that follow, too. */
  readonly repeats: boolean;
}

/** Names of the configuration, a file, one of several words, or nothing that can be known. */
export type Kind =
  | { readonly kind: 'names'; readonly section: Section }
  | { readonly kind: 'file' }
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'any' };

/** Sections whose names `lookupd completions <section>` prints. */
export const SECTIONS = ['stores', 'maps', 'dicts', 'policies'] as const;
export type Section = (typeof SECTIONS)[number];
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export function wordsOf({ name, summary, options, arguments: args }: Command): CommandWords {
  return {
    name,
    summary,
    options: Object.values(options).map(optionWords),
    arguments: Object.entries(args).map(([argument, spec]) => argumentWords(argument, spec)),
  };
}

function optionWords({ flags, summary, choices }: OptionSpec): OptionWords {
  const [, short, long = ''] = /^(?:(-\w), )?(--[\w-]+)/.exec(flags) ?? [];
  const value = /[<[](\w+)/.exec(flags)?.[1];
  const kind = choices === undefined ? kindOf(value ?? '') : ({ kind: 'words', words: choices } as const);
  return { short, long, summary, value: value === undefined ? undefined : kind };
}

function argumentWords(name: string, { shape }: ArgumentSpec): ArgumentWords {
  return { name, kind: kindOf(name), repeats: shape === 'many' || shape === 'any' };
}

function kindOf(name: string): Kind {
  const section = SECTIONS.find((one) => one === name || one === `${name}s` || one.replace(/ies$/, 'y') === name);
  if (section !== undefined) return { kind: 'names', section };
  if (name === 'file') return { kind: 'file' };
  return name === 'what' ? { kind: 'words', words: [...SHELLS, ...SECTIONS] } : { kind: 'any' };
}
