import { type CommandDeclaration, countedKeys } from '../command.js';
import { named } from './evalsha.js';
import { runScript } from './run-script.js';

export const evalshaRo: CommandDeclaration = {
  name: 'evalsha_ro',
  summary: 'Execute a read-only Lua script server side',
  since: '7.0.0',
  group: 'scripting',
  complexity: 'Depends on the script that is executed.',
  arguments: ['sha1', 'numkeys:integer', '[key#0...]', '[arg...]'],
  arity: -3,
  flags: ['readonly', 'noscript', 'stale', 'skip_monitor', 'no_mandatory_keys'],
  keys: countedKeys(2),
  run: (call) => runScript(call, named, true),
};
