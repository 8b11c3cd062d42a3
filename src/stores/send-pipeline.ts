import type { StoreError } from '../core/errors.js';
import { type Command, type Link, LinkError } from '../links/link.js';
import type { Reply } from '../resp/reply.js';
import type { GuardedCall } from './flight.js';
import type { Guard } from './guard.js';

/** The replies in order, with an error in the place of each command that failed. */
export async function sendPipeline(
  commands: readonly Command[],
  signal: AbortSignal | undefined,
  link: Link,
  guard: Guard,
): Promise<(Reply | StoreError)[]> {
  if (commands.length === 0) return [];
  const call: GuardedCall = { operation: 'pipeline', safety: 'once', signal };
  const replies = await guard.run(call, async (options) => someSent(await link.pipeline(commands, options)));
  return replies.map((reply) => (reply instanceof LinkError ? guard.failure(reply, call) : reply));
}

/** A pipeline of which surely nothing was executed failed as a whole, and may be tried again. */
function someSent(replies: (Reply | LinkError)[]): (Reply | LinkError)[] {
  const [first] = replies;
  const none = replies.every((reply) => reply instanceof LinkError && !reply.details.maybeExecuted);
  if (none && first instanceof LinkError) throw first;
  return replies;
}
