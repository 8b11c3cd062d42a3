import type { ByteString } from '../../../resp/args.js';
import type { HashValue } from '../../data/hash-value.js';
import { CommandError, invalidExpire } from '../../errors.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import type { Call } from '../call.js';
import { readBigInteger } from '../numbers.js';
import { isThere, writeHash } from './access.js';
import { readFields } from './field-arguments.js';

/**
 * HEXPIRE and its kin of Redis 7.4: sets when fields' times are over, under a condition, and answers a code for
 * each field. A time that is over removes the field. Followers are told HPEXPIREAT with the fields that were set,
 * and HDEL for each that was removed.
 */
export function expireFields(call: Call, unit: 1 | 1000, absolute: boolean): void {
  const { args, reply } = call;
  const hash = writeHash(call, 1);
  const at = deadline(call, unit, absolute);
  const word = args.word(3);
  const condition = CONDITIONS.get(word);
  const first = readFields(args, condition === undefined ? 3 : 4, notPositive);
  const set: ByteString[] = [];
  const deleted: ByteString[] = [];
  reply.array(args.count - first);
  for (let i = first; i < args.count; i++) {
    const code = hash === undefined ? Code.noField : expireField(call, hash, i, at, condition);
    if (code === Code.set) set.push(args.text(i));
    if (code === Code.deleted) deleted.push(args.text(i));
    reply.integer(code);
  }
  if (hash === undefined || set.length + deleted.length === 0) return;
  const event = deleted.length > 0 ? 'hdel' : 'hexpire';
  call.server.keyspace.expiredFields += deleted.length;
  call.changed(1, NOTIFY.hash, event, set.length + deleted.length);
  propagate(call, at, condition === undefined ? [] : [word], set, deleted);
  if (!call.removeIfEmpty(1, hash) && set.length > 0) call.db.watchFields(call.db.peek(args, 1));
}

/** What is answered for a field. */
const Code = { noField: -2, refused: 0, set: 1, deleted: 2 } as const;
type Code = (typeof Code)[keyof typeof Code];

function expireField(call: Call, hash: HashValue, i: number, at: number, holds: Condition = always): Code {
  const place = hash.find(call.args, i);
  if (place < 0 || !isThere(call, hash, place)) return Code.noField;
  if (!holds(hash.expiry(place), at)) return Code.refused;
  if (call.isOver(at)) {
    hash.remove(place);
    return Code.deleted;
  }
  hash.setExpiry(place, at);
  return Code.set;
}

/** Whether a field that expires at `current`, 0 for never, may expire at `at`. */
type Condition = (current: number, at: number) => boolean;

const always: Condition = () => true;
const CONDITIONS: ReadonlyMap<string, Condition> = new Map<string, Condition>([
  ['nx', (current) => current === 0],
  ['xx', (current) => current !== 0],
  ['gt', (current, at) => current !== 0 && at > current],
  ['lt', (current, at) => current === 0 || at < current],
]);

/** Milliseconds since the epoch. */
function deadline({ args, command, now }: Call, unit: 1 | 1000, absolute: boolean): number {
  const amount = readBigInteger(args, 2);
  if (amount < 0n) throw negative;
  const at = amount * BigInt(unit) + BigInt(absolute ? 0 : now);
  if (at > LATEST) throw invalidExpire(command.name);
  return Number(at);
}

function propagate(
  call: Call,
  at: number,
  condition: readonly ByteString[],
  set: readonly ByteString[],
  deleted: readonly ByteString[],
): void {
  const key = call.args.text(1);
  for (const field of deleted) call.propagate('HDEL', key, field);
  if (set.length === 0) return;
  call.propagate('HPEXPIREAT', key, String(at), ...condition, 'FIELDS', String(set.length), ...set);
}

/** As far as Redis keeps the times of fields. */
const LATEST = 2n ** 46n - 1n;
const negative = new CommandError('ERR invalid expire time, must be >= 0');
const notPositive = new CommandError('ERR Parameter `numFields` should be greater than 0');
