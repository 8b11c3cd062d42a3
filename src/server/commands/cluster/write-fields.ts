import type { ReplySink } from '../../../resp/sink.js';

/** A map of names and values. */
export function writeFields(reply: ReplySink, fields: readonly (readonly [string, string | number])[]): void {
  reply.map(fields.length);
  for (const [name, value] of fields) {
    reply.bulk(name);
    if (typeof value === 'number') reply.integer(value);
    else reply.bulk(value);
  }
}
