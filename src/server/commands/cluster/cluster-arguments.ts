import type { Args } from '../../../resp/args.js';
import { SLOT_COUNT } from '../../../resp/key-slot.js';
import type { Cluster } from '../../cluster/cluster.js';
import type { ClusterNode } from '../../cluster/node.js';
import { CommandError } from '../../errors.js';
import { readInteger } from '../numbers.js';

/** A slot, as ADDSLOTS and its kin take it. */
export function readSlot(args: Args, i: number): number {
  const slot = readInteger(args, i, INVALID_SLOT);
  if (slot < 0 || slot >= SLOT_COUNT) throw INVALID_SLOT;
  return slot;
}

/** The node that an argument names. `unknown`: how the error begins. */
export function readNode({ table }: Cluster, args: Args, i: number, unknown = 'Unknown node'): ClusterNode {
  const node = table.find(args.text(i));
  if (node === undefined) throw new CommandError(`ERR ${unknown} ${args.text(i)}`);
  return node;
}

const INVALID_SLOT = new CommandError('ERR Invalid or out of range slot');
