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

export function obtainHash(call: Call, i: number): HashValue {
  return call.obtain<HashValue>(i, Type.hash, () => new HashValue(call.server.settings));
}
