import { type CommandDeclaration, countedKeys } from '../command.js';
import { evaluate } from './eval.js';

export const evalRo: CommandDeclaration = {
  name: 'eval_ro',
  summary: 'Execute a read-only Lua script server side',
  since: '7.0.0',
  group: 'scripting',
  complexity: 'Depends on the script that is executed.',
  arguments: ['script', 'numkeys:integer', '[key#0...]', '[arg...]'],
  arity: -3,
  flags: ['readonly', 'noscript', 'stale', 'skip_monitor', 'no_mandatory_keys'],
  keys: countedKeys(2),
  run: (call) => evaluate(call, true),
};
