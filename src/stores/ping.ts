import type { CallOptions, NodeLink } from '../links/link.js';
import { cleaned } from './failures.js';
import type { Guard } from './guard.js';
import { pong } from './replies.js';
import type { CallControl, PingResult } from './store.js';

/** Asks one node; never rejects. */
export async function ping(node: NodeLink, guard: Guard, { signal }: CallControl): Promise<PingResult> {
  const { name, role } = node;
  const started = performance.now();
  const send = (options: CallOptions) => node.command(['PING'], options).then(pong);
  try {
    await guard.run({ operation: 'ping', safety: 'read', node: name, signal }, send);
    return { node: name, role, status: 'reachable', latencyUs: Math.round((performance.now() - started) * 1000) };
  } catch (error) {
    const reason = error instanceof Error ? cleaned(error.message) : 'failed';
    return { node: name, role, status: 'unreachable', latencyUs: -1, error: reason };
  }
}
