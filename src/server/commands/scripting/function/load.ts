import { CommandError } from '../../../errors.js';
import type { Call } from '../../call.js';
import type { CommandDeclaration } from '../../command.js';
import { loadingHost, scriptEngine } from '../run-script.js';

export const load: CommandDeclaration = {
  name: 'load',
  summary: 'Create a function with the given arguments (name, code, description)',
  since: '7.0.0',
  group: 'scripting',
  complexity: 'O(1) (considering compilation time is redundant)',
  arguments: ['[REPLACE]', 'function-code'],
  arity: -3,
  flags: ['write', 'denyoom', 'noscript'],
  run(call: Call) {
    const { args, reply, server } = call;
    const last = args.count - 1;
    for (let i = 2; i < last; i++) {
      if (args.word(i) !== 'replace') throw new CommandError(`ERR Unknown option given: ${args.text(i)}`);
    }
    const { functions } = scriptEngine(server);
    const name = functions.load(args.bytes(last), { replace: last > 2, host: loadingHost(call) });
    call.dirty++;
    reply.bulk(name);
  },
};
