import type { Call } from '../call.js';
import { type CommandDeclaration, countedKeys } from '../command.js';
import { runScript, scriptEngine } from './run-script.js';

export const eval_: CommandDeclaration = {
  name: 'eval',
  summary: 'Execute a Lua script server side',
  since: '2.6.0',
  group: 'scripting',
  complexity: 'Depends on the script that is executed.',
  arguments: ['script', 'numkeys:integer', '[key#0...]', '[arg...]'],
  arity: -3,
  flags: ['noscript', 'stale', 'skip_monitor', 'no_mandatory_keys'],
  keys: countedKeys(2),
  run: (call) => evaluate(call, false),
};

export function evaluate(call: Call, readOnly: boolean): void {
  runScript(call, load, readOnly);
}

function load({ server, args }: Call): string {
  return scriptEngine(server).load(args.view(1));
}
