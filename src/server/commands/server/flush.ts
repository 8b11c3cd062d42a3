import { Target } from '../../effects.js';
import { errors } from '../../errors.js';
import type { Database } from '../../keyspace/database.js';
import type { Call } from '../call.js';

/** FLUSHDB and FLUSHALL; propagated even when there was nothing to remove. */
export function flush(call: Call, databases: readonly Database[]): void {
  const { args, server, reply } = call;
  const mode = args.count > 1 ? args.word(1) : server.settings.lazyUserFlush ? 'async' : 'sync';
  if (args.count > 2 || (mode !== 'sync' && mode !== 'async')) throw errors.syntax;
  call.dirty += server.keyspace.flush(databases, mode === 'async');
  call.told = Target.all;
  reply.ok();
}
