import { errors } from '../../errors.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import { Type } from '../../keyspace/value.js';
import type { Call } from '../call.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { EXPIRY_UNITS, expiryTime } from './expiry-option.js';
import { replyString } from './get.js';

export const set: CommandDeclaration = {
  name: 'set',
  summary: 'Set the string value of a key',
  since: '1.0.0',
  group: 'string',
  complexity: 'O(1)',
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: oneKey,
  run(call) {
    const { args } = call;
    if (args.count === 3) store(call, PLAIN);
    else store(call, readOptions(call));
  },
};

interface SetOptions {
  condition: 'nx' | 'xx' | undefined;
  /** Milliseconds since the epoch, 0: none. */
  expireAt: number;
  keepTtl: boolean;
  get: boolean;
}

const PLAIN: SetOptions = { condition: undefined, expireAt: 0, keepTtl: false, get: false };

function readOptions(call: Call): SetOptions {
  const { args } = call;
  const options: SetOptions = { ...PLAIN };
  let expires = false;
  for (let i = 3; i < args.count; i++) {
    const word = args.word(i);
    const unit = EXPIRY_UNITS.get(word);
    if (unit && i + 1 < args.count && !expires && !options.keepTtl) {
      options.expireAt = expiryTime(call, ++i, unit, 'set');
      expires = true;
    } else if ((word === 'nx' || word === 'xx') && (options.condition ?? word) === word) options.condition = word;
    else if (word === 'keepttl' && !expires) options.keepTtl = true;
    else if (word === 'get') options.get = true;
    else throw errors.syntax;
  }
  return options;
}

function store(call: Call, options: SetOptions): void {
  const { args, db, reply } = call;
  const { condition, expireAt, keepTtl } = options;
  if (options.get || condition) {
    const ref = db.write(args, 1);
    if (options.get) {
      if (ref !== 0 && db.type(ref) !== Type.string) throw errors.wrongType;
      replyString(db, ref, reply);
    }
    if (condition && (condition === 'nx') === (ref !== 0)) {
      if (!options.get) reply.nil();
      return;
    }
  }
  const ref = db.putString(args, 1, args.buffer, args.start(2), args.length(2), keepTtl);
  if (expireAt !== 0) db.setExpiry(ref, expireAt);
  call.changed(1, NOTIFY.string, 'set');
  if (expireAt !== 0) {
    call.notify(1, NOTIFY.generic, 'expire');
    call.propagate('SET', args.text(1), args.text(2), 'PXAT', String(expireAt));
  }
  if (!options.get) reply.ok();
}
