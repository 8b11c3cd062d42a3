import type { Clock } from '../../core/clock.js';
import { type Reply, ReplyError } from '../../resp/reply.js';
import { type CallOptions, LinkError } from '../link.js';
import { commonKind, namedFailures } from '../wire/failures.js';
import { AllFailed, firstAnswer } from '../wire/first-answer.js';
import type { Node } from '../wire/node.js';
import { type AskedNode, parseShards, parseSlots, type ShardInfo } from './topology-reply.js';

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

/** Of no node in particular. */
function allFailed(errors: readonly unknown[]): LinkError {
  const message = namedFailures('no cluster node tells the topology', errors);
  return new LinkError(commonKind(errors) ?? 'topology', message, { maybeExecuted: false });
}
