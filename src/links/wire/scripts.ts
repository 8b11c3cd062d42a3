import type { Bytes } from '../../core/bytes.js';
import { type Argument, type Reply, ReplyError } from '../../resp/reply.js';
import type { CallOptions, Command, Script } from '../link.js';

type SendCommand = (command: Command, options: CallOptions) => Promise<Reply>;

/** By its hash; where the server does not know it yet by its text, which also loads it for the next time. */
export async function runScript(
  send: SendCommand,
  script: Script,
  keys: readonly Bytes[],
  args: readonly Argument[],
  options: CallOptions,
): Promise<Reply> {
  try {
    return await send(['EVALSHA', script.sha, keys.length, ...keys, ...args], options);
  } catch (error) {
    if (!(error instanceof ReplyError) || error.code !== 'NOSCRIPT') throw error;
    return await send(['EVAL', script.source, keys.length, ...keys, ...args], options);
  }
}
