import type { HashValue } from '../../data/hash-value.js';
import type { Call } from '../call.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { findField, readHash } from './access.js';

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
  member: 2,
  run(call) {
    replyField(call, readHash(call, 1), 2);
  },
};

/** The value of the field that the argument names; null when there is none. */
export function replyField(call: Call, hash: HashValue | undefined, i: number): void {
  const place = findField(call, hash, i);
  if (place < 0) call.reply.nil();
  else hash!.replyValue(place, call.reply);
}
