import { type CommandDeclaration, countedKeys } from '../command.js';
import { runFunction } from './run-script.js';

export const fcallRo: CommandDeclaration = {
  name: 'fcall_ro',
  summary: 'Invoke a read-only function',
  since: '7.0.0',
  group: 'scripting',
  complexity: 'Depends on the function that is executed.',
  arguments: ['function', 'numkeys:integer', '[key#0...]', '[arg...]'],
  arity: -3,
  flags: ['readonly', 'noscript', 'stale', 'skip_monitor', 'no_mandatory_keys'],
  keys: countedKeys(2),
  run: (call) => runFunction(call, true),
};
