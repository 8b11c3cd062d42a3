import type { Args } from '../../../resp/args.js';
import type { ReplySink } from '../../../resp/sink.js';
import type { HashValue } from '../../data/hash-value.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { readHash } from './access.js';

export const hget: CommandDeclaration = {
  name: 'hget',
  summary: 'Get the value of a hash field',
  since: '2.0.0',
  group: 'hash',
  complexity: 'O(1)',
  arguments: ['key#0', 'field'],
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: oneKey,
  run(call) {
    replyField(call.reply, readHash(call, 1), call.args, 2);
  },
};

/** The value of the field that the argument names; null when there is none. */
export function replyField(reply: ReplySink, hash: HashValue | undefined, args: Args, i: number): void {
  const place = hash === undefined ? -1 : hash.find(args, i);
  if (place < 0) reply.nil();
  else reply.bulk(hash!.value(place));
}
