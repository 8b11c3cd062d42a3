import { errors } from '../../errors.js';
import type { Ref } from '../../keyspace/memory.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import type { Call } from '../call.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { wholeNumber } from '../numbers.js';
import { EXPIRY_UNITS, type ExpiryOption, expiryTime } from './expiry-option.js';
import { replyString } from './get.js';

export const getex: CommandDeclaration = {
  name: 'getex',
  summary: 'Get the value of a key and optionally set its expiration',
  since: '6.2.0',
  group: 'string',
  complexity: 'O(1)',
  arguments: [
    'key#0',
    `[expiration(
      EX seconds:integer |
      PX milliseconds:integer |
      EXAT unix-time-seconds:unix-time |
      PXAT unix-time-milliseconds:unix-time |
      PERSIST
    )]`,
  ],
  arity: -2,
  flags: ['write', 'fast'],
  keys: oneKey,
  run(call) {
    const { expiry, persist } = readOptions(call);
    const ref = call.readString(1);
    if (ref === 0) {
      call.reply.nil();
      return;
    }
    const expireAt = expiry ? expiryTime(call, expiry, 'getex') : 0;
    replyString(call.db, ref, call.reply);
    if (expiry) expireKey(call, ref, expireAt);
    else if (persist) persistKey(call, ref);
  },
};

function readOptions({ args }: Call): { expiry: ExpiryOption | undefined; persist: boolean } {
  let expiry: ExpiryOption | undefined;
  let persist = false;
  for (let i = 2; i < args.count; i++) {
    const word = args.word(i);
    const unit = EXPIRY_UNITS.get(word);
    if (unit && i + 1 < args.count && !expiry && !persist) expiry = { unit, amount: ++i };
    else if (word === 'persist' && !expiry) persist = true;
    else throw errors.syntax;
  }
  return { expiry, persist };
}

function expireKey(call: Call, ref: Ref, at: number): void {
  const { db, args } = call;
  const key = args.text(1);
  if (call.isOver(at)) {
    db.remove(ref);
    call.changed(1, NOTIFY.generic, 'del');
    call.propagate(call.server.settings.lazyExpire ? 'UNLINK' : 'DEL', key);
    return;
  }
  db.setExpiry(ref, at);
  call.changed(1, NOTIFY.generic, 'expire');
  call.propagate('PEXPIREAT', key, String(wholeNumber(at)));
}

function persistKey(call: Call, ref: Ref): void {
  if (call.db.expiry(ref) === 0) return;
  call.db.setExpiry(ref, 0);
  call.changed(1, NOTIFY.generic, 'persist');
  call.propagate('PERSIST', call.args.text(1));
}
