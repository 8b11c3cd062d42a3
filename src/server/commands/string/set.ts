import { errors } from '../../errors.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import { Type } from '../../keyspace/value.js';
import type { Call } from '../call.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { wholeNumber } from '../numbers.js';
import { EXPIRY_UNITS, type ExpiryOption, expiryTime } from './expiry-option.js';
import { replyString } from './get.js';

export const set: CommandDeclaration = {
  name: 'set',
  summary: 'Set the string value of a key',
  since: '1.0.0',
  group: 'string',
  complexity: 'O(1)',
  history: [
    '2.6.12 Added the `EX`, `PX`, `NX` and `XX` options.',
    '6.0.0 Added the `KEEPTTL` option.',
    '6.2.0 Added the `GET`, `EXAT` and `PXAT` option.',
    '7.0.0 Allowed the `NX` and `GET` options to be used together.',
  ],
  arguments: [
    'key#0',
    'value',
    '[condition(NX | XX)@2.6.12]',
    '[GET@6.2.0]',
    `[expiration(
      EX seconds:integer@2.6.12 |
      PX milliseconds:integer@2.6.12 |
      EXAT unix-time-seconds:unix-time@6.2.0 |
      PXAT unix-time-milliseconds:unix-time@6.2.0 |
      KEEPTTL@6.0.0
    )]`,
  ],
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: oneKey,
  run(call) {
    if (call.args.count === 3) {
      setPlain(call, false);
      call.reply.ok();
    } else setWithOptions(call, readOptions(call));
  },
};

/** Sets the key to argument `i`, with an expiry in milliseconds since the epoch (SET EX and its kin). */
export function setWithExpiry(call: Call, i: number, expireAt: number): void {
  const { args, db } = call;
  const ref = db.putString(args, 1, args.area, args.start(i), args.length(i), true);
  db.setExpiry(ref, expireAt);
  call.changed(1, NOTIFY.string, 'set');
  call.notify(1, NOTIFY.generic, 'expire');
  if (!call.server.effects.listened) return;
  call.propagate('SET', args.text(1), args.text(i), 'PXAT', String(wholeNumber(expireAt)));
}

function setPlain(call: Call, keepTtl: boolean): void {
  const { args, db } = call;
  db.putString(args, 1, args.area, args.start(2), args.length(2), keepTtl);
  call.changed(1, NOTIFY.string, 'set');
}

interface SetOptions {
  condition: 'nx' | 'xx' | undefined;
  expiry: ExpiryOption | undefined;
  keepTtl: boolean;
  get: boolean;
}

function readOptions({ args }: Call): SetOptions {
  const options: SetOptions = { condition: undefined, expiry: undefined, keepTtl: false, get: false };
  for (let i = 3; i < args.count; i++) {
    const word = args.word(i);
    const unit = EXPIRY_UNITS.get(word);
    if (unit && i + 1 < args.count && !options.expiry && !options.keepTtl) options.expiry = { unit, amount: ++i };
    else if ((word === 'nx' || word === 'xx') && (options.condition ?? word) === word) options.condition = word;
    else if (word === 'keepttl' && !options.expiry) options.keepTtl = true;
    else if (word === 'get') options.get = true;
    else throw errors.syntax;
  }
  return options;
}

function setWithOptions(call: Call, options: SetOptions): void {
  const { reply } = call;
  const { expiry, get } = options;
  const expireAt = expiry ? expiryTime(call, expiry, 'set') : 0;
  if (!mayStore(call, options)) return;
  if (expiry) setWithExpiry(call, 2, expireAt);
  else {
    setPlain(call, options.keepTtl);
    if (get) propagateWithoutGet(call);
  }
  if (!get) reply.ok();
}

/** Looks at NX and XX, and replies what GET asks for; false when nothing is to be stored. */
function mayStore(call: Call, { get, condition }: SetOptions): boolean {
  if (!get && !condition) return true;
  const { db, reply } = call;
  const ref = get ? db.read(call.args, 1) : db.write(call.args, 1);
  if (get) {
    if (ref !== 0 && db.type(ref) !== Type.string) throw errors.wrongType;
    replyString(db, ref, reply);
  }
  if (condition === undefined || (condition === 'xx') === (ref !== 0)) return true;
  if (!get) reply.nil();
  return false;
}

function propagateWithoutGet(call: Call): void {
  if (!call.server.effects.listened) return;
  call.propagate(...call.args.texts().filter((text, i) => i < 3 || text.toLowerCase() !== 'get'));
}
