import type { CommandDeclaration } from '../../server/commands/command.js';
import { allCommands } from '../../server/commands/index.js';

/** A command or a subcommand by the words that call it, lower case: "config set". */
export interface KnownCommand {
  readonly name: string;
  readonly declaration: CommandDeclaration;
}

/** What the bundled server declares, which is what Redis has: names, syntax and summaries for help and completion. */
export class KnownCommands {
  readonly #byName = new Map<string, KnownCommand>();

  constructor(declarations: readonly CommandDeclaration[] = allCommands) {
    for (const declaration of declarations) {
      if (declaration.system !== true) this.#add(declaration.name, declaration);
    }
  }

  all(): Iterable<KnownCommand> {
    return this.#byName.values();
  }

  /** The longest command that the words begin with, and how many words it takes. */
  find(words: readonly string[]): { readonly command: KnownCommand; readonly length: 1 | 2 } | undefined {
    const [first = '', second = ''] = words.map((word) => word.toLowerCase());
    const whole = this.#byName.get(`${first} ${second}`);
    if (whole !== undefined) return { command: whole, length: 2 };
    const command = this.#byName.get(first);
    return command && { command, length: 1 };
  }

  #add(name: string, declaration: CommandDeclaration): void {
    this.#byName.set(name, { name, declaration });
    for (const child of declaration.subcommands ?? []) this.#add(`${name} ${child.name}`, child);
  }
}
