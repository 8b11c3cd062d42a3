import type { Args } from '../../resp/args.js';
import { type CommandDeclaration, keyPlaces } from '../commands/command.js';
import type { CommandTable } from '../commands/command-table.js';
import { keyFlags } from '../commands/introspection/full-command.js';
import { keySpecsOf } from '../commands/introspection/key-spec.js';
import { KeyAccess } from './selector.js';

/** The keys that a command names, and whether it reads their content or changes it: from the key specifications. */
export class KeyNeeds {
  private readonly plans = new Map<CommandDeclaration, Plan>();

  constructor(private readonly table: CommandTable) {}

  /** Calls `visit` with the place of each key and bits of KeyAccess until it answers true. */
  each(command: CommandDeclaration, args: Args, visit: (place: number, needed: number) => boolean): void {
    if (command.keys === undefined) return;
    const { name, always, channels } = this.plans.get(command) ?? this.plan(command);
    if (channels) return;
    for (const place of keyPlaces(command.keys, args)) {
      if (visit(place, always ?? bitsOf(keyFlags(name, args, place)))) return;
    }
  }

  private plan(command: CommandDeclaration): Plan {
    const name = this.table.fullName(command);
    const [only, ...others] = keySpecsOf(name);
    const isConstant = only !== undefined && others.length === 0 && !only.flags.includes('variable_flags');
    const plan = {
      name,
      always: isConstant ? bitsOf(only.flags) : undefined,
      channels: only?.flags.includes('not_key') === true,
    };
    this.plans.set(command, plan);
    return plan;
  }
}

interface Plan {
  readonly name: string;
  /** The same for all keys, whatever the arguments. */
  readonly always: number | undefined;
  /** What routes the command are channels (SPUBLISH), not keys. */
  readonly channels: boolean;
}

function bitsOf(flags: readonly string[]): number {
  const reads = flags.includes('access') ? KeyAccess.read : KeyAccess.none;
  const writes = flags.some((flag) => flag === 'insert' || flag === 'delete' || flag === 'update');
  return reads | (writes ? KeyAccess.write : KeyAccess.none);
}
