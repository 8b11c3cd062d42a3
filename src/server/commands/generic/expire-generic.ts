import { CommandError, invalidExpire } from '../../errors.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import type { Call } from '../call.js';
import { INT64_MAX, INT64_MIN, readBigInteger, shortInteger, wholeNumber } from '../numbers.js';

/**
 * EXPIRE and its kin. A time that is over removes the key; followers are told PEXPIREAT with the time of the
 * clock here, or DEL.
 */
export function expireGeneric(call: Call, unit: 1 | 1000, absolute: boolean): void {
  const { args, db, reply } = call;
  const conditions = readConditions(call);
  const at = deadline(call, unit, absolute);
  const ref = db.write(args, 1);
  if (ref === 0 || !holds(conditions, db.expiry(ref), at)) {
    reply.integer(0);
    return;
  }
  if (call.isOver(at)) {
    db.remove(ref);
    call.changed(1, NOTIFY.generic, 'del');
    call.propagate(call.server.settings.lazyExpire ? 'UNLINK' : 'DEL', args.text(1));
  } else {
    db.setExpiry(ref, at);
    call.changed(1, NOTIFY.generic, 'expire');
    // PEXPIREAT is told as it came.
    if (call.server.effects.listened && !(absolute && unit === 1))
      call.propagate('PEXPIREAT', args.text(1), String(wholeNumber(at)), ...args.texts(3));
  }
  reply.integer(1);
}

/** Milliseconds since the epoch; negative and zero times are over. */
function deadline({ args, command, now }: Call, unit: 1 | 1000, absolute: boolean): number {
  const base = absolute ? 0 : now;
  const short = shortInteger(args, 2);
  if (short !== undefined && Math.abs(short) < 1e12) return short * unit + base;
  const amount = readBigInteger(args, 2);
  const milliseconds = amount * BigInt(unit);
  const tooLarge = milliseconds > INT64_MAX || milliseconds < INT64_MIN || milliseconds > INT64_MAX - BigInt(base);
  if (tooLarge) throw invalidExpire(command.name);
  return Number(milliseconds) + base;
}

interface Conditions {
  nx: boolean;
  xx: boolean;
  gt: boolean;
  lt: boolean;
}

const NONE: Conditions = { nx: false, xx: false, gt: false, lt: false };

function readConditions({ args }: Call): Conditions {
  if (args.count === 3) return NONE;
  const conditions = { ...NONE };
  for (let i = 3; i < args.count; i++) {
    const word = args.word(i);
    if (word !== 'nx' && word !== 'xx' && word !== 'gt' && word !== 'lt') {
      throw new CommandError(`ERR Unsupported option ${args.text(i)}`);
    }
    conditions[word] = true;
  }
  const { nx, xx, gt, lt } = conditions;
  if (nx && (xx || gt || lt)) {
    throw new CommandError('ERR NX and XX, GT or LT options at the same time are not compatible');
  }
  if (gt && lt) throw new CommandError('ERR GT and LT options at the same time are not compatible');
  return conditions;
}

/** A key without expiry (0) counts as one that lives for ever. */
function holds({ nx, xx, gt, lt }: Conditions, current: number, at: number): boolean {
  if (nx && current !== 0) return false;
  if (xx && current === 0) return false;
  if (gt && (current === 0 || at <= current)) return false;
  return !(lt && current !== 0 && at >= current);
}
