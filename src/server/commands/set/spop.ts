import type { ByteString } from '../../../resp/args.js';
import type { SetValue } from '../../data/set-value.js';
import { errors } from '../../errors.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import type { Call } from '../call.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { readInteger } from '../numbers.js';
import { replyMembers, writeSet } from './access.js';

export const spop: CommandDeclaration = {
  name: 'spop',
  summary: 'Remove and return one or multiple random members from a set',
  since: '1.0.0',
  group: 'set',
  complexity: 'Without the count argument O(1), otherwise O(N) where N is the value of the passed count.',
  history: ['3.2.0 Added the `count` argument.'],
  arguments: ['key#0', '[count:integer@3.2.0]'],
  arity: -2,
  flags: ['write', 'fast'],
  keys: oneKey,
  run(call) {
    const { args } = call;
    if (args.count > 3) throw errors.syntax;
    if (args.count === 3) popCount(call);
    else popOne(call);
  },
};

function popOne(call: Call): void {
  const { args, reply } = call;
  const set = writeSet(call, 1);
  if (!set) {
    reply.nil();
    return;
  }
  const member = takeRandom(call, set);
  call.changed(1, NOTIFY.set, 'spop');
  call.propagate('SREM', args.text(1), member);
  call.removeIfEmpty(1, set);
  reply.bulk(member);
}

function popCount(call: Call): void {
  const { args, reply } = call;
  const count = readInteger(args, 2, errors.mustBePositive);
  if (count < 0) throw errors.mustBePositive;
  const set = writeSet(call, 1);
  if (!set || count === 0) reply.set(0);
  else if (count >= set.size) popAll(call, set);
  else popSome(call, set, count);
}

function popAll(call: Call, set: SetValue): void {
  const { args, db } = call;
  replyMembers(call.reply, set.members);
  call.changed(1, NOTIFY.set, 'spop', set.size);
  db.remove(db.peek(args, 1));
  call.notify(1, NOTIFY.generic, 'del');
  call.propagate('DEL', args.text(1));
}

function popSome(call: Call, set: SetValue, count: number): void {
  const { args, reply } = call;
  const members: ByteString[] = [];
  for (let i = 0; i < count; i++) members.push(takeRandom(call, set));
  // Where most members go Redis makes a new set of the others, which may be an intset again.
  if (set.size * REBUILT_BELOW <= count) set.reconsider();
  call.changed(1, NOTIFY.set, 'spop', count);
  for (const member of members) call.propagate('SREM', args.text(1), member);
  replyMembers(reply, members);
}

const REBUILT_BELOW = 5;

function takeRandom(call: Call, set: SetValue): ByteString {
  const place = call.server.random.below(set.size);
  const member = set.member(place);
  set.removeAt(place);
  return member;
}
