import { wrongArity } from '../../errors.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import type { Call } from '../call.js';
import { obtainHash } from './access.js';

/** HSET and HMSET: fields and values from the second argument on; answers how many fields are new. */
export function setFields(call: Call): number {
  const { args } = call;
  if (args.count % 2 === 1) throw wrongArity(call.command.name);
  const hash = obtainHash(call, 1);
  let added = 0;
  for (let i = 2; i < args.count; i += 2) if (hash.setArgument(args, i, i + 1)) added++;
  call.changed(1, NOTIFY.hash, 'hset', (args.count - 2) / 2);
  return added;
}
