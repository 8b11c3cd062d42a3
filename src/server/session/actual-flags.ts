import type { Args } from '../../resp/args.js';
import type { CommandDeclaration, CommandFlag } from '../commands/command.js';
import { parseShebang, type ScriptFlags } from '../scripting/shebang.js';
import type { Server } from '../server.js';

/** A command's flags; of a script or function that says what it does, those that follow from it. */
export function actualFlags(server: Server, command: CommandDeclaration, args: Args): readonly CommandFlag[] {
  const script = scriptFlags(server, command, args);
  if (script === undefined || script.compatible) return command.flags;
  const flags = command.flags.filter((flag) => !REPLACED.has(flag));
  if (!script.noWrites) flags.push('write');
  if (!script.noWrites && !script.allowOom) flags.push('denyoom');
  if (script.allowStale) flags.push('stale');
  return flags;
}

/** What the script or function that the command calls says of itself; undefined: it calls none that is known. */
export function scriptFlags(server: Server, command: CommandDeclaration, args: Args): ScriptFlags | undefined {
  switch (command.name) {
    case 'eval':
    case 'eval_ro':
      return flagsIn(args.text(1));
    case 'evalsha':
    case 'evalsha_ro':
      return server.scripts?.script(args.word(1))?.flags;
    case 'fcall':
    case 'fcall_ro':
      return server.scripts?.functions.find(args.text(1))?.flags;
    default:
      return undefined;
  }
}

/** One that does not compile is told so when it runs. */
function flagsIn(source: string): ScriptFlags | undefined {
  try {
    return parseShebang(source).flags;
  } catch {
    return undefined;
  }
}

const REPLACED: ReadonlySet<CommandFlag> = new Set(['stale', 'denyoom', 'write', 'may_replicate']);
