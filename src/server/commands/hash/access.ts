import type { ByteString } from '../../../resp/args.js';
import { HashValue } from '../../data/hash-value.js';
import { Type } from '../../keyspace/value.js';
import type { Call } from '../call.js';

/** Hashes as commands reach them. */

export function readHash(call: Call, i: number): HashValue | undefined {
  return call.read<HashValue>(i, Type.hash);
}

export function writeHash(call: Call, i: number): HashValue | undefined {
  return call.write<HashValue>(i, Type.hash);
}

/**
 * The place of the field that an argument names, -1 when it is missing or its time is over: then it is removed,
 * and the key with the last one.
 */
export function findField(call: Call, hash: HashValue | undefined, i: number): number {
  const place = hash === undefined ? -1 : hash.find(call.args, i);
  if (place < 0 || isThere(call, hash!, place)) return place;
  if (call.server.keyspace.expiryRule() !== 'remove') return -1;
  const field = hash!.field(place);
  hash!.remove(place);
  call.db.fieldsExpired(call.args, 1, [field]);
  return -1;
}

/** Whether a field that the hash has is there for the command. */
export function isThere({ now, server }: Call, hash: HashValue, place: number): boolean {
  return hash.isLive(place, now) || server.keyspace.keepsExpired;
}

/**
 * The hash without the fields whose time is over; undefined when none is left. They are removed, or left out of a copy where
 * somebody else is to remove them.
 */
export function purged(call: Call, hash: HashValue | undefined): HashValue | undefined {
  if (hash === undefined || hash.nextExpiry > call.now) return hash;
  if (call.server.keyspace.expiryRule() !== 'remove') return livePart(hash, call.now);
  const fields: ByteString[] = [];
  hash.dropExpired(call.now, Number.POSITIVE_INFINITY, (field) => fields.push(field));
  if (fields.length > 0) call.db.fieldsExpired(call.args, 1, fields);
  return hash.size === 0 ? undefined : hash;
}

function livePart(hash: HashValue, now: number): HashValue | undefined {
  const copy = hash.clone();
  copy.dropExpired(now, Number.POSITIVE_INFINITY, () => undefined);
  return copy.size === 0 ? undefined : copy;
}

export function obtainHash(call: Call, i: number): HashValue {
  return call.obtain<HashValue>(i, Type.hash, () => new HashValue(call.server.settings));
}
