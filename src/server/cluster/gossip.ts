import type { Random } from '../../core/random.js';
import type { Gossip } from './messages.js';
import { type ClusterNode, NodeFlag } from './node.js';
import type { NodeTable } from './node-table.js';

/**
 * Whom a PING tells of: a tenth of the nodes, three at least, drawn at random, and all that this node cannot reach, so
 * that a majority knows soon.
 */
export function chooseGossip({ nodes, myself }: NodeTable, random: Random): Gossip[] {
  const others = [...nodes.values()].filter((node) => node !== myself);
  // Of the receiver too nothing need be told; it is not left out by name, but by the number.
  const wanted = Math.min(Math.max(LEAST, Math.floor(nodes.size / 10)), nodes.size - 2);
  const worthTelling = others.filter(
    (node) =>
      !node.has(NodeFlag.handshake | NodeFlag.noAddress | NodeFlag.suspect) &&
      (node.link !== undefined || node.slots.size > 0),
  );
  const chosen = wanted > 0 ? draw(worthTelling, wanted, random) : [];
  const suspects = others.filter((node) => node.isSuspect && !node.has(NodeFlag.handshake | NodeFlag.noAddress));
  return [...chosen, ...suspects].map(gossipOf);
}

function draw(nodes: ClusterNode[], count: number, random: Random): ClusterNode[] {
  const chosen: ClusterNode[] = [];
  while (chosen.length < count && nodes.length > 0) chosen.push(...nodes.splice(random.below(nodes.length), 1));
  return chosen;
}

function gossipOf(node: ClusterNode): Gossip {
  return {
    name: node.name,
    pingSent: Math.floor(node.pingSent / 1000),
    pongReceived: Math.floor(node.pongReceived / 1000),
    ip: node.ip,
    port: node.port,
    busPort: node.busPort,
    plainPort: node.plainPort,
    flags: node.flags,
  };
}

const LEAST = 3;
