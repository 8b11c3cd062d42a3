import type { Ref } from '../../keyspace/memory.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import type { Call } from '../call.js';
import { growString } from '../string/grow.js';
import { bringIntoRange, type FieldOperation, readField, readOperations, writeField } from './bitfield-operations.js';

/** BITFIELD and BITFIELD_RO. The string grows first, to the highest bit that is written. */
export function runBitfield(call: Call, readOnly: boolean): void {
  const { db, reply } = call;
  const operations = readOperations(call, readOnly);
  const writing = operations.filter(({ kind }) => kind !== 'get');
  let ref: Ref;
  if (writing.length === 0) ref = call.readString(1);
  else {
    const bits = Math.max(...writing.map(({ offset, type }) => offset + type.bits));
    ref = growString(call, call.writeString(1), Math.ceil(bits / 8));
  }
  const start = ref === 0 ? 0 : db.entries.stringStart(ref);
  const bytes = ref === 0 ? NOTHING : db.entries.stringBuffer(ref);
  const end = ref === 0 ? 0 : start + db.entries.stringLength(ref);
  reply.array(operations.length);
  let changes = 0;
  for (const operation of operations) {
    const answer = runOperation(operation, bytes, start, end);
    if (answer === undefined) reply.nil();
    else reply.integer(answer);
    if (operation.kind !== 'get' && answer !== undefined) changes++;
  }
  if (changes > 0) call.changed(1, NOTIFY.string, 'setbit', changes);
}

const NOTHING = Buffer.alloc(0);

/** The reply; undefined when the value overflows and OVERFLOW FAIL keeps it from being written. */
function runOperation(operation: FieldOperation, bytes: Buffer, start: number, end: number): bigint | undefined {
  const { kind, type, offset, value, overflow } = operation;
  const before = readField(bytes, start, end, offset, type);
  if (kind === 'get') return before;
  const after = bringIntoRange(kind === 'set' ? value : before + value, type, overflow);
  if (after === undefined) return undefined;
  writeField(bytes, start, offset, type, after);
  return kind === 'set' ? before : after;
}
