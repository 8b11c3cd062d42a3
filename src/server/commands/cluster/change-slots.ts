import type { Cluster } from '../../cluster/cluster.js';
import { SlotSet } from '../../cluster/slot-set.js';
import { CommandError, wrongArity } from '../../errors.js';
import type { Call } from '../call.js';
import { readSlot } from './cluster-arguments.js';

/** What ADDSLOTS, DELSLOTS and their kin share: all of the slots change, or none. */
export function changeSlots(call: Call, cluster: Cluster, how: 'add' | 'delete', slots: SlotSet): void {
  const { table } = cluster;
  for (const slot of slots) {
    table.importing.delete(slot);
    if (how === 'add') table.assign(slot, table.myself);
    else table.release(slot);
  }
  cluster.later({ save: true, health: true });
  call.reply.ok();
}

export function readSlots({ args }: Call, cluster: Cluster, how: 'add' | 'delete'): SlotSet {
  const slots = new SlotSet();
  const named: number[] = [];
  for (let i = 2; i < args.count; i++) named.push(readSlot(args, i));
  for (const slot of named) collect(cluster, how, slot, slots);
  return slots;
}

export function readRanges({ args, command }: Call, cluster: Cluster, how: 'add' | 'delete'): SlotSet {
  if (args.count % 2 === 1) throw wrongArity(`cluster|${command.name}`);
  const slots = new SlotSet();
  for (let i = 2; i < args.count; i += 2) {
    const first = readSlot(args, i);
    const last = readSlot(args, i + 1);
    if (first > last) {
      throw new CommandError(`ERR start slot number ${first} is greater than end slot number ${last}`);
    }
    for (let slot = first; slot <= last; slot++) collect(cluster, how, slot, slots);
  }
  return slots;
}

function collect({ table }: Cluster, how: 'add' | 'delete', slot: number, slots: SlotSet): void {
  const hasOwner = table.owners[slot] !== undefined;
  if (how === 'delete' && !hasOwner) throw new CommandError(`ERR Slot ${slot} is already unassigned`);
  if (how === 'add' && hasOwner) throw new CommandError(`ERR Slot ${slot} is already busy`);
  if (slots.has(slot)) throw new CommandError(`ERR Slot ${slot} specified multiple times`);
  slots.add(slot);
}
