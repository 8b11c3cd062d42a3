import type { Ref } from '../../keyspace/memory.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import type { Call } from '../call.js';
import { growString } from '../string/grow.js';
import {
  bringIntoRange,
  type FieldOperation,
  readField,
  readOperations,
  saturating,
  writeField,
} from './bitfield-operations.js';

/** BITFIELD and BITFIELD_RO. The string grows first, to the highest bit that is written. */
export function runBitfield(call: Call, readOnly: boolean): void {
  const { db, reply } = call;
  const operations = readOperations(call, readOnly);
  const writing = operations.filter(({ kind }) => kind !== 'get');
  const highest = writing.reduce((bits, { offset, type }) => Math.max(bits, offset + type.bits), 0);
  const found = writing.length === 0 ? call.readString(1) : call.writeString(1);
  const before = found === 0 ? 0 : db.entries.stringLength(found);
  const ref = writing.length === 0 ? found : growString(call, found, Math.ceil(highest / 8));
  reply.array(operations.length);
  const field = ref === 0 ? NO_FIELD : fieldIn(call, ref);
  const hasGrown = field.end - field.start > before;
  let changes = 0;
  for (const operation of operations) {
    const { answer, changed } = runOperation(operation, field);
    if (answer === undefined) reply.nil();
    else reply.integer(answer);
    if (changed || (hasGrown && operation.kind !== 'get' && answer !== undefined)) changes++;
  }
  if (changes > 0) call.changed(1, NOTIFY.string, 'setbit', changes);
}

/** The bytes of the string. */
interface Field {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

const NO_FIELD: Field = { bytes: Buffer.alloc(0), start: 0, end: 0 };

function fieldIn({ db }: Call, ref: Ref): Field {
  const start = db.entries.stringStart(ref);
  return { bytes: db.entries.stringBuffer(ref), start, end: start + db.entries.stringLength(ref) };
}

interface Outcome {
  /** Undefined when the value overflows and OVERFLOW FAIL keeps it from being written. */
  readonly answer: bigint | undefined;
  readonly changed: boolean;
}

function runOperation(operation: FieldOperation, { bytes, start, end }: Field): Outcome {
  const { kind, type, offset, value, overflow } = operation;
  const before = readField(bytes, start, end, offset, type);
  if (kind === 'get') return { answer: before, changed: false };
  // SET takes its value as 64 bits without a sign where the field has none: -1 is too large, not too small.
  const given = kind === 'set' && !type.signed ? BigInt.asUintN(64, value) : value;
  const set = overflow === 'sat' ? saturating(given, type) : given;
  const after = bringIntoRange(kind === 'set' ? set : before + value, type, overflow);
  if (after === undefined) return { answer: undefined, changed: false };
  writeField(bytes, start, offset, type, after);
  return { answer: kind === 'set' ? before : after, changed: before !== after };
}
