import { type ClusterNode, NodeFlag } from './node.js';
import type { NodeTable } from './node-table.js';
import type { SlotRange } from './slot-set.js';

/** A node as a line of CLUSTER NODES and of the nodes file tells of it, without the line's end. */
export function nodeLine(table: NodeTable, node: ClusterNode): string {
  const address = `${node.ip}:${node.port}@${node.busPort}`;
  const isConnected = node.link !== undefined || node.isMyself;
  return [
    node.name,
    node.hostname === '' ? address : `${address},${node.hostname}`,
    flagNames(node.flags),
    node.primary?.name ?? '-',
    node.pingSent,
    node.pongReceived,
    node.shardEpoch,
    isConnected ? 'connected' : 'disconnected',
    ...node.slots.ranges().map(rangeText),
    ...(node.isMyself ? openSlots(table) : []),
  ].join(' ');
}

/** Every node but those with one of these flags, a line each. */
export function nodeLines(table: NodeTable, without = 0): string {
  const shown = [...table.nodes.values()].filter((node) => !node.has(without));
  return shown.map((node) => `${nodeLine(table, node)}\n`).join('');
}

function flagNames(flags: number): string {
  const names = FLAG_NAMES.filter(([, flag]) => (flags & flag) !== 0).map(([name]) => name);
  return names.length === 0 ? 'noflags' : names.join(',');
}

function rangeText([first, last]: SlotRange): string {
  return first === last ? String(first) : `${first}-${last}`;
}

function openSlots({ migrating, importing }: NodeTable): string[] {
  const slots = [...new Set([...migrating.keys(), ...importing.keys()])].sort((a, b) => a - b);
  return slots.map((slot) => {
    const target = migrating.get(slot);
    return target === undefined ? `[${slot}-<-${importing.get(slot)!.name}]` : `[${slot}->-${target.name}]`;
  });
}

export const FLAG_NAMES = [
  ['myself', NodeFlag.myself],
  ['master', NodeFlag.primary],
  ['slave', NodeFlag.replica],
  ['fail?', NodeFlag.suspect],
  ['fail', NodeFlag.failed],
  ['handshake', NodeFlag.handshake],
  ['noaddr', NodeFlag.noAddress],
  ['nofailover', NodeFlag.noFailover],
] as const;
