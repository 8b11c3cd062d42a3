import type { ExitCode } from './exit-codes.js';
import type { Terminal } from './terminal.js';

/**
 * A command of the program as a value: parsing, help, and whatever else describes the program are derived
 * from it. To add one: a file in commands/ and a line in commands/index.ts.
 */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** More for `lookupd help <command>`. */
  readonly description?: string;
  readonly arguments: Readonly<Record<string, ArgumentSpec>>;
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly examples: readonly Example[];
  /** Takes options it does not know as arguments, for `server --port 7000`. */
  readonly passesOptions?: boolean;
  run(invocation: Invocation): ExitCode | Promise<ExitCode>;
}

export interface Invocation<A = Readonly<Record<string, unknown>>, O = Readonly<Record<string, unknown>>> {
  readonly args: A;
  readonly options: O;
  readonly terminal: Terminal;
  /** All of the program, for a command that tells of them. */
  readonly commands: readonly Command[];
}

export interface Example {
  readonly line: string;
  readonly does: string;
}

export interface ArgumentSpec<T = unknown> {
  readonly shape: 'required' | 'optional' | 'many' | 'any';
  readonly summary: string;
  /** Never there: carries the type. */
  readonly type?: T;
}

export interface OptionSpec<T = unknown> {
  /** `-c, --config <file>`, as commander writes it. */
  readonly flags: string;
  readonly summary: string;
  readonly choices?: readonly string[];
  readonly parse?: (text: string) => T;
  readonly type?: T;
}

/** A wrong command line that only the command can tell: printed with the way to its help, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const argument = {
  required: (summary: string): ArgumentSpec<string> => ({ shape: 'required', summary }),
  optional: (summary: string): ArgumentSpec<string | undefined> => ({ shape: 'optional', summary }),
  /** The rest, at least one. */
  many: (summary: string): ArgumentSpec<readonly string[]> => ({ shape: 'many', summary }),
  /** The rest, which may be nothing. */
  any: (summary: string): ArgumentSpec<readonly string[]> => ({ shape: 'any', summary }),
};

export const option = {
  flag: (flags: string, summary: string): OptionSpec<boolean> => ({ flags, summary }),
  text: (flags: string, summary: string): OptionSpec<string | undefined> => ({ flags, summary }),
  oneOf: <const C extends string>(
    flags: string,
    choices: readonly C[],
    summary: string,
  ): OptionSpec<C | undefined> => ({
    flags,
    summary,
    choices,
  }),
  /** `parse` throws UsageError for what it refuses. */
  parsed: <T>(flags: string, parse: (text: string) => T, summary: string): OptionSpec<T | undefined> => ({
    flags,
    summary,
    parse,
  }),
};

type Arguments = Readonly<Record<string, ArgumentSpec>>;
type Options = Readonly<Record<string, OptionSpec>>;
type ArgumentValues<A extends Arguments> = { readonly [K in keyof A]: A[K] extends ArgumentSpec<infer T> ? T : never };
type OptionValues<O extends Options> = { readonly [K in keyof O]: O[K] extends OptionSpec<infer T> ? T : never };

/** Declares a command; `run` gets its arguments and options by name and with their types. */
export function defineCommand<const A extends Arguments, const O extends Options>(
  command: Omit<Command, 'arguments' | 'options' | 'run'> & {
    readonly arguments: A;
    readonly options: O;
    run(invocation: Invocation<ArgumentValues<A>, OptionValues<O>>): ExitCode | Promise<ExitCode>;
  },
): Command {
  return command as Command;
}
