import type { CommandDeclaration } from '../commands/command.js';
import type { CommandTable } from '../commands/command-table.js';
import { ACL_CATEGORIES, aclCategories } from '../commands/introspection/acl-categories.js';

/**
 * The commands that rules speak of, by their own names: `rename-command` changes nothing here. Made when first
 * needed, since most servers never see a rule about commands.
 */
export class CommandCategories {
  private readonly byCategory = new Map<string, readonly CommandDeclaration[]>();
  private children: Map<CommandDeclaration, CommandDeclaration> | undefined;

  constructor(readonly table: CommandTable) {}

  /** "get" or "config|set", in any case. */
  find(name: string): CommandDeclaration | undefined {
    return this.table.get(name.toLowerCase());
  }

  /** Containers first, each followed by its subcommands; undefined for a category that does not exist. */
  in(category: string): readonly CommandDeclaration[] | undefined {
    if (this.byCategory.size === 0) this.sort();
    return this.byCategory.get(category.toLowerCase());
  }

  /** The container of a subcommand. */
  parentOf(command: CommandDeclaration): CommandDeclaration | undefined {
    this.children ??= this.findParents();
    return this.children.get(command);
  }

  private sort(): void {
    const lists = new Map<string, CommandDeclaration[]>(ACL_CATEGORIES.map((name) => [name, []]));
    for (const command of this.table.all()) {
      for (const one of [command, ...(command.subcommands ?? [])]) {
        for (const category of aclCategories(one)) lists.get(category)?.push(one);
      }
    }
    for (const [name, commands] of lists) this.byCategory.set(name, commands);
  }

  private findParents(): Map<CommandDeclaration, CommandDeclaration> {
    const parents = new Map<CommandDeclaration, CommandDeclaration>();
    for (const parent of this.table.all()) {
      for (const child of parent.subcommands ?? []) parents.set(child, parent);
    }
    return parents;
  }
}
