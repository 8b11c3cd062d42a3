import type { Call } from '../call.js';
import { type CommandDeclaration, countedKeys } from '../command.js';
import { refuseByName } from './debug-session.js';
import { runScript } from './run-script.js';

export const evalsha: CommandDeclaration = {
  name: 'evalsha',
  summary: 'Execute a Lua script server side',
  since: '2.6.0',
  group: 'scripting',
  complexity: 'Depends on the script that is executed.',
  arguments: ['sha1', 'numkeys:integer', '[key#0...]', '[arg...]'],
  arity: -3,
  flags: ['noscript', 'stale', 'skip_monitor', 'no_mandatory_keys'],
  keys: countedKeys(2),
  run: (call) => runScript(call, named, false),
};

/** The script that a call names by its digest. */
export function named(call: Call): string {
  refuseByName(call);
  return call.args.word(1);
}
