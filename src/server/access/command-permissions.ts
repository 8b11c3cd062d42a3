import type { Args } from '../../resp/args.js';
import type { CommandDeclaration } from '../commands/command.js';

/**
 * Which commands a selector allows: what holds for commands in general (and for those of the future), and which
 * ones differ. A command that is not allowed may be with certain first arguments ("+select|0").
 */
export class CommandPermissions {
  /** `+@all` came last: commands that nobody has named are allowed. */
  general = false;
  private readonly exceptions = new Set<CommandDeclaration>();
  readonly firstArguments = new Map<CommandDeclaration, readonly string[]>();

  get unrestricted(): boolean {
    return this.general && this.exceptions.size === 0;
  }

  has(command: CommandDeclaration): boolean {
    return this.general !== this.exceptions.has(command);
  }

  /** As `has`, or by the first argument. */
  allows(command: CommandDeclaration, args: Args, isSubcommand: boolean): boolean {
    if (this.has(command)) return true;
    if (this.firstArguments.size === 0 || args.count < 2) return false;
    const place = isSubcommand ? 2 : 1;
    const allowed = this.firstArguments.get(command);
    return allowed !== undefined && place < args.count && hasWord(allowed, args.word(place));
  }

  setAll(allowed: boolean): void {
    this.general = allowed;
    this.exceptions.clear();
    this.firstArguments.clear();
  }

  /** A container stands for its subcommands too. */
  set(command: CommandDeclaration, allowed: boolean): void {
    this.setOne(command, allowed);
    this.firstArguments.delete(command);
    for (const child of command.subcommands ?? []) this.setOne(child, allowed);
  }

  allowFirstArgument(command: CommandDeclaration, argument: string): void {
    const known = this.firstArguments.get(command) ?? [];
    if (!hasWord(known, argument.toLowerCase())) this.firstArguments.set(command, [...known, argument]);
  }

  copy(): CommandPermissions {
    const copy = new CommandPermissions();
    copy.general = this.general;
    for (const command of this.exceptions) copy.exceptions.add(command);
    for (const [command, words] of this.firstArguments) copy.firstArguments.set(command, words);
    return copy;
  }

  private setOne(command: CommandDeclaration, allowed: boolean): void {
    if (allowed === this.general) this.exceptions.delete(command);
    else this.exceptions.add(command);
  }
}

function hasWord(words: readonly string[], lower: string): boolean {
  return words.some((one) => one.toLowerCase() === lower);
}
