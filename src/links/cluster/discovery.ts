import type { Clock } from '../../core/clock.js';
import { type Reply, ReplyError } from '../../resp/reply.js';
import { type CallOptions, LinkError } from '../link.js';
import { AllFailed, firstAnswer } from '../wire/first-answer.js';
import type { Node } from '../wire/node.js';
import { type AskedNode, parseShards, parseSlots, type ShardInfo } from './topology-reply.js';

/** Nodes whose failure is named when all failed. */
const MOST_NAMED = 3;

export interface TopologyAnswer {
  readonly shards: readonly ShardInfo[];
  readonly command: 'SHARDS' | 'SLOTS';
}

/** Asks one node: CLUSTER SHARDS, or CLUSTER SLOTS where that is not known (before Redis 7) or not allowed. */
export async function readTopology(node: Node, asked: AskedNode, options: CallOptions): Promise<TopologyAnswer> {
  const shards = await orError(node.command(['CLUSTER', 'SHARDS'], options));
  if (!(shards instanceof ReplyError)) return usable(node, parseShards(shards, asked), 'SHARDS');
  const slots = await orError(node.command(['CLUSTER', 'SLOTS'], options));
  if (slots instanceof ReplyError) throw topologyError(node, slots.message);
  return usable(node, parseSlots(slots, asked), 'SLOTS');
}

/** As `firstAnswer`; rejects with a LinkError when all failed. */
export async function askFirst<T>(nodes: readonly Node[], ask: (node: Node) => Promise<T>, clock: Clock): Promise<T> {
  try {
    return await firstAnswer(nodes, ask, clock);
  } catch (error) {
    throw error instanceof AllFailed ? allFailed(error.errors) : error;
  }
}

async function orError(reply: Promise<Reply>): Promise<Reply> {
  try {
    return await reply;
  } catch (error) {
    if (error instanceof ReplyError) return error;
    throw error;
  }
}

function usable(node: Node, shards: ShardInfo[] | undefined, command: TopologyAnswer['command']): TopologyAnswer {
  if (shards === undefined) throw topologyError(node, `CLUSTER ${command} has an unknown form`);
  if (shards.every(({ ranges }) => ranges.length === 0)) throw topologyError(node, 'the cluster has no slots assigned');
  return { shards, command };
}

function topologyError(node: Node, why: string): LinkError {
  return new LinkError('topology', `${node.name}: ${why}`, { node: node.name, maybeExecuted: false });
}

/** Of the nodes' common kind, so that refused credentials are told as such; of no node in particular. */
function allFailed(errors: readonly unknown[]): LinkError {
  const kinds = new Set(errors.map((error) => (error instanceof LinkError ? error.kind : 'topology')));
  const [kind] = kinds;
  const named = errors.slice(0, MOST_NAMED).map((error) => (error instanceof Error ? error.message : String(error)));
  const more = errors.length > MOST_NAMED ? ` and ${errors.length - MOST_NAMED} more` : '';
  const message = `no cluster node tells the topology (${named.join('; ')}${more})`;
  return new LinkError(kinds.size === 1 && kind !== undefined ? kind : 'topology', message, { maybeExecuted: false });
}
