import { CommandError } from '../../errors.js';

/** What a command answers whose feature this server does not have yet. */
export function notAvailable(what: string): CommandError {
  return new CommandError(`ERR ${what} is not available yet`);
}
