import type { Args } from '../../resp/args.js';
import type { CommandDeclaration } from './command.js';

/**
 * Finds a command by the bytes of its name, in any case, without making a string: a small open-addressing
 * table of the lower-case names. Containers ("client") find their subcommand by the second word.
 */
export class CommandTable {
  private names: (Buffer | undefined)[] = [];
  private commands: (CommandDeclaration | undefined)[] = [];
  private readonly mask: number;
  private readonly byName = new Map<string, CommandDeclaration>();
  /** By what clients call them: `rename-command` changes it. */
  private readonly byCalledName = new Map<string, CommandDeclaration>();
  private readonly children = new Map<CommandDeclaration, ReadonlyMap<string, CommandDeclaration>>();

  /** `unlisted` commands are found, and nobody is told of them. */
  constructor(
    declarations: readonly CommandDeclaration[],
    private readonly unlisted: ReadonlySet<string> = new Set(),
  ) {
    let slots = 64;
    while (slots < declarations.length * 4) slots *= 2;
    this.mask = slots - 1;
    for (const command of declarations) this.declare(command);
    this.index();
  }

  /** All top-level commands, in the order of their declaration. */
  all(): Iterable<CommandDeclaration> {
    return this.byName.values();
  }

  /** As `all`, without those that `rename-command` took away. */
  callable(): Iterable<CommandDeclaration> {
    return this.byCalledName.values();
  }

  get size(): number {
    return this.byCalledName.size;
  }

  /** `rename-command`: an empty new name takes the command away. Answers what is wrong. */
  rename(name: string, newName: string): string | undefined {
    const called = name.toLowerCase();
    const command = this.byCalledName.get(called);
    if (command === undefined) return 'No such command in rename-command';
    this.byCalledName.delete(called);
    if (this.byCalledName.has(newName.toLowerCase())) return 'Target command name already exists';
    if (newName !== '') this.byCalledName.set(newName.toLowerCase(), command);
    this.index();
    return undefined;
  }

  /** By the command's own name, lower case; "client|setname" for a subcommand. */
  get(name: string): CommandDeclaration | undefined {
    const [parent, child, more] = name.split('|') as [string, string?, string?];
    if (more !== undefined) return undefined;
    const command = this.byName.get(parent);
    return child === undefined || command === undefined ? command : this.children.get(command)?.get(child);
  }

  /** The command that the first word names, or its container where the second word names no subcommand. */
  find(args: Args): CommandDeclaration | undefined {
    const command = this.lookup(args);
    if (command?.subcommands === undefined || args.count < 2) return command;
    return this.children.get(command)!.get(args.word(1)) ?? command;
  }

  /** The container of a subcommand's declaration. */
  parentOf(child: CommandDeclaration): CommandDeclaration | undefined {
    for (const [parent, children] of this.children) if (children.get(child.name) === child) return parent;
    return undefined;
  }

  /** "client|setname" or "get": how Redis names a command in ACLs, statistics and errors. */
  fullName(command: CommandDeclaration): string {
    const parent = this.byName.get(command.name) === command ? undefined : this.parentOf(command);
    return parent ? `${parent.name}|${command.name}` : command.name;
  }

  private lookup(args: Args): CommandDeclaration | undefined {
    const { buffer } = args;
    const start = args.start(0);
    const length = args.length(0);
    for (let slot = hashName(buffer, start, length) & this.mask; ; slot = (slot + 1) & this.mask) {
      const name = this.names[slot];
      if (name === undefined) return undefined;
      if (sameName(name, buffer, start, length)) return this.commands[slot];
    }
  }

  private declare(command: CommandDeclaration): void {
    if (this.byName.has(command.name)) throw new Error(`command "${command.name}" is declared twice`);
    this.byName.set(command.name, command);
    if (!this.unlisted.has(command.name)) this.byCalledName.set(command.name, command);
    if (command.subcommands)
      this.children.set(command, new Map(command.subcommands.map((child) => [child.name, child])));
  }

  private index(): void {
    this.names = new Array(this.mask + 1);
    this.commands = new Array(this.mask + 1);
    for (const [name, command] of this.byCalledName) this.place(Buffer.from(name, 'latin1'), command);
    for (const name of this.unlisted) this.place(Buffer.from(name, 'latin1'), this.byName.get(name)!);
  }

  private place(name: Buffer, command: CommandDeclaration): void {
    let slot = hashName(name, 0, name.length) & this.mask;
    while (this.names[slot] !== undefined) slot = (slot + 1) & this.mask;
    this.names[slot] = name;
    this.commands[slot] = command;
  }
}

function hashName(bytes: Uint8Array, start: number, length: number): number {
  let hash = length;
  for (let i = start; i < start + length; i++) hash = (Math.imul(hash, 31) + (bytes[i]! | 0x20)) | 0;
  return hash ^ (hash >>> 11);
}

function sameName(name: Buffer, bytes: Uint8Array, start: number, length: number): boolean {
  if (name.length !== length) return false;
  for (let i = 0; i < length; i++) {
    const byte = bytes[start + i]!;
    if (name[i] !== (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte)) return false;
  }
  return true;
}
