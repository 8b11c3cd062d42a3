import { CommandError } from '../../errors.js';

/** Names go into CLIENT LIST's lines: no blanks, no line ends. */
export function validName(name: string, what: string): string {
  if (/[^!-~]/.test(name)) throw new CommandError(`ERR ${what} cannot contain spaces, newlines or special characters.`);
  return name;
}
