import type { Args } from '../../resp/args.js';
import type { Call } from '../commands/call.js';
import { type CommandDeclaration, keyPlaces } from '../commands/command.js';
import { CommandError } from '../errors.js';
import type { Cluster } from './cluster.js';
import { refuseByRoute, slotAt } from './routing.js';

/** What a script may call in a cluster: keys that are here, and of one slot unless it has said otherwise. */
export class ScriptRoute {
  /** Of the keys that it was given, or has used first; -1: none yet. */
  private slot: number;

  constructor(
    private readonly cluster: Cluster,
    private readonly caller: Call,
    private readonly crossesSlots: boolean,
  ) {
    this.slot = slotOfFirst(caller.command, caller.args);
  }

  refuse(command: CommandDeclaration, args: Args): CommandError | undefined {
    if (command.keys === undefined) return undefined;
    const refusal = refuseByRoute(this.cluster, this.caller.session, command, args);
    if (refusal?.reason === 'down') return DOWN;
    if (refusal?.reason === 'down-for-writes') return DOWN_FOR_WRITES;
    if (refusal !== undefined) return NOT_LOCAL;
    const slot = this.crossesSlots ? -1 : slotOfFirst(command, args);
    if (slot < 0) return undefined;
    if (this.slot < 0) this.slot = slot;
    return this.slot === slot ? undefined : CROSS_SLOT;
  }
}

function slotOfFirst(command: CommandDeclaration, args: Args): number {
  const [first] = keyPlaces(command.keys, args);
  return first === undefined ? -1 : slotAt(args, first);
}

const DOWN = new CommandError('ERR Script attempted to execute a command while the cluster is down');
const DOWN_FOR_WRITES = new CommandError(
  'ERR Script attempted to execute a write command while the cluster is down and readonly',
);
const NOT_LOCAL = new CommandError('ERR Script attempted to access a non local key in a cluster node');
const CROSS_SLOT = new CommandError('ERR Script attempted to access keys that do not hash to the same slot');
