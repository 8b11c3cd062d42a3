/** What a server is, by what it answers: a node of a cluster, or a server for itself. */
import { type Reply, ReplyError, textOf } from '../../resp/reply.js';
import { type CallOptions, type Command, LinkError } from '../link.js';
import type { Node } from '../wire/node.js';

export type Detected = 'cluster' | 'single';

/** CLUSTER SHARDS is of Redis 7, CLUSTER SLOTS older. Where neither is known, or allowed, INFO tells. */
const QUESTIONS: readonly Command[] = [
  ['CLUSTER', 'SHARDS'],
  ['CLUSTER', 'SLOTS'],
];

/** Rejects with a LinkError when it cannot tell now, and when it is a Sentinel. */
export async function detect(node: Node, options: CallOptions): Promise<Detected> {
  for (const question of QUESTIONS) {
    const reply = await answerOf(node, question, options);
    if (Array.isArray(reply)) return 'cluster';
    if (reply instanceof ReplyError && /cluster support disabled/i.test(reply.message)) return 'single';
  }
  const info = await answerOf(node, ['INFO'], options);
  if (info instanceof ReplyError && info.code === 'NOPERM') throw failure(node, info.message, MAY_NOT_ASK);
  const text = textOf(info);
  if (/^redis_mode:sentinel/m.test(text))
    throw failure(node, 'it is a Sentinel', 'Sentinels need redis-type = "sentinel"');
  return /^cluster_enabled:1/m.test(text) ? 'cluster' : 'single';
}

const MAY_NOT_ASK = 'name the redis-type, or let the user run CLUSTER SHARDS or INFO';

/** Answers that say nothing of what it is, and pass. */
const PASSING = new Set(['LOADING', 'BUSY', 'MASTERDOWN']);

async function answerOf(node: Node, command: Command, options: CallOptions): Promise<Reply> {
  const [outcome = null] = await node.exchange([command], options);
  if (outcome instanceof LinkError) throw outcome;
  if (outcome instanceof ReplyError && PASSING.has(outcome.code)) throw failure(node, outcome.message);
  return outcome;
}

function failure(node: Node, why: string, hint?: string): LinkError {
  return new LinkError('topology', `${node.name}: ${why}`, { node: node.name, maybeExecuted: false, hint });
}
