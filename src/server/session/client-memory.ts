import type { Session } from './session.js';

/** Bytes that a session's state takes beside buffers, estimated per entry as Redis does. */
export function stateMemory(session: Session): number {
  let entries = session.subscriptions + (session.tracked?.prefixes.size ?? 0);
  for (const keys of session.watched.values()) entries += keys.size;
  return CLIENT_SIZE + entries * ENTRY_SIZE + queueMemory(session);
}

/** Bytes of the commands queued by MULTI. */
export function queueMemory({ transaction, executing }: Session): number {
  return (executing ?? transaction)?.bytes ?? 0;
}

const CLIENT_SIZE = 1024;
const ENTRY_SIZE = 64;
