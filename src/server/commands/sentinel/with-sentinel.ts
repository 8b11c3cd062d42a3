import { CommandError } from '../../errors.js';
import type { Primary } from '../../sentinel/instance.js';
import type { Sentinel } from '../../sentinel/sentinel.js';
import type { Call } from '../call.js';
import type { CommandDeclaration } from '../command.js';

/** What all subcommands of SENTINEL have in common. */
export function sentinelCommand(
  declaration: Pick<CommandDeclaration, 'name' | 'summary' | 'since' | 'arity' | 'arguments'>,
  run: (call: Call, sentinel: Sentinel) => void,
): CommandDeclaration {
  return {
    group: 'sentinel',
    complexity: 'O(1)',
    flags: ['admin'],
    ...declaration,
    // The commands of this mode are there in no other.
    run: (call) => run(call, call.server.sentinel!),
  };
}

/** The primary that argument 2 names. */
export function namedPrimary({ args }: Call, { primaries }: Sentinel): Primary {
  const primary = primaries.get(args.text(2));
  if (primary === undefined) throw NO_SUCH_PRIMARY;
  return primary;
}

/** OK once what has changed is on the disk. */
export function saveAndReply({ reply }: Pick<Call, 'reply'>, sentinel: Sentinel): void {
  if (!sentinel.save()) throw NOT_SAVED;
  reply.ok();
}

const NO_SUCH_PRIMARY = new CommandError('ERR No such master with that name');
const NOT_SAVED = new CommandError('ERR Failed to save config file. Check server logs.');
