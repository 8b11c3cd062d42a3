/** What keeps the append-only file from being read or written at the start; the log has said why. */
export class AofError extends Error {
  override readonly name = 'AofError';
}
