import type { Call } from '../call.js';
import { readInteger } from '../numbers.js';

/** GETRANGE and its old name SUBSTR. */
export function replySubstring(call: Call): void {
  const { args, db, reply } = call;
  let start = readInteger(args, 2);
  let end = readInteger(args, 3);
  const ref = call.readString(1);
  const length = ref === 0 ? 0 : db.entries.stringLength(ref);
  if (start < 0 && end < 0 && start > end) {
    reply.bulk('');
    return;
  }
  if (start < 0) start = Math.max(0, length + start);
  if (end < 0) end = Math.max(0, length + end);
  end = Math.min(end, length - 1);
  if (start > end || length === 0) reply.bulk('');
  else {
    const at = db.entries.stringStart(ref);
    reply.bulkBytes(db.entries.stringBuffer(ref), at + start, at + end + 1);
  }
}
