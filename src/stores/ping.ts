import type { CallOptions, NodeLink } from '../links/link.js';
import { ReplyError } from '../resp/reply.js';
import { cleaned } from './failures.js';
import type { Guard } from './guard.js';
import { pong } from './replies.js';
import type { CallControl, PingResult } from './store.js';

/** Asks one node; never rejects. */
export async function ping(node: NodeLink, guard: Guard, { signal }: CallControl): Promise<PingResult> {
  const { name, role } = node;
  const started = performance.now();
  const send = (options: CallOptions) => node.command(['PING'], options).then(pong);
  const call = { operation: 'ping', safety: 'read', node: name, signal } as const;
  try {
    await guard.run(call, send);
    const latencyUs = Math.round((performance.now() - started) * 1000);
    const told = role === 'unknown' ? await guard.run(call, (options) => roleOf(node, options)) : role;
    return { node: name, role: told, status: 'reachable', latencyUs };
  } catch (error) {
    const reason = error instanceof Error ? cleaned(error.message) : 'failed';
    return { node: name, role, status: 'unreachable', latencyUs: -1, error: reason };
  }
}

/** What a server says itself, where the link does not know it: of a failover list nobody asks before. */
async function roleOf(node: NodeLink, options: CallOptions): Promise<PingResult['role']> {
  const reply = await node.command(['ROLE'], options).catch((error: unknown) => {
    // One who may not ask is not told.
    if (error instanceof ReplyError) return undefined;
    throw error;
  });
  const role = Array.isArray(reply) ? String(reply[0]) : '';
  return role === 'master' ? 'primary' : role === 'slave' ? 'replica' : 'unknown';
}
