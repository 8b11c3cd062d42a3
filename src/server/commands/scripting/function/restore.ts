import { CommandError, wrongSubcommand } from '../../../errors.js';
import { readFunctions } from '../../../persistence/functions.js';
import { payloadBody } from '../../../persistence/rdb/dump-payload.js';
import { RdbError } from '../../../persistence/rdb/types.js';
import type { RestorePolicy } from '../../../scripting/function-engine.js';
import type { Call } from '../../call.js';
import type { CommandDeclaration } from '../../command.js';
import { loadingHost, scriptEngine } from '../run-script.js';

export const restore: CommandDeclaration = {
  name: 'restore',
  summary: 'Restore all the functions on the given payload',
  since: '7.0.0',
  group: 'scripting',
  complexity: 'O(N) where N is the number of functions on the payload',
  arguments: ['serialized-value', '[policy(FLUSH | APPEND | REPLACE)]'],
  arity: -3,
  flags: ['write', 'denyoom', 'noscript'],
  run(call) {
    const { args, reply, server } = call;
    if (args.count > 4) throw wrongSubcommand('FUNCTION', args.text(1));
    const policy = args.count > 3 ? args.word(3) : 'append';
    if (!isPolicy(policy)) {
      throw new CommandError('ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.');
    }
    const sources = readSources(call);
    scriptEngine(server).functions.restore(sources, policy, loadingHost(call));
    call.dirty++;
    reply.ok();
  },
};

function isPolicy(word: string): word is RestorePolicy {
  return word === 'append' || word === 'replace' || word === 'flush';
}

function readSources({ args, server }: Call): Buffer[] {
  const body = payloadBody(args.bytes(2), !server.skipChecksums);
  if (!body) throw new CommandError('ERR DUMP payload version or checksum are wrong');
  try {
    return readFunctions(body);
  } catch (error) {
    if (error instanceof RdbError) throw new CommandError(`ERR ${error.message}`);
    throw error;
  }
}
