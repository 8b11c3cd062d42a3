import type { CommandDeclaration } from '../../server/commands/command.js';
import { type DocumentedArgument, readArgument } from '../../server/commands/introspection/argument-notation.js';

/** What a command takes, as redis-cli's help and the documentation of Redis write it. */
export function syntaxOf(name: string, command: CommandDeclaration): string {
  return [name.toUpperCase(), ...argumentsOf(command).map(written)].join(' ');
}

export function argumentsOf(command: CommandDeclaration): readonly DocumentedArgument[] {
  return (command.arguments ?? []).map(readArgument);
}

function written(argument: DocumentedArgument): string {
  const { token, flags, type } = argument;
  const inner = innerOf(argument);
  const repeats = flags.includes('multiple');
  const tokenRepeats = flags.includes('multiple_token');
  const worded = token === undefined || type === 'pure-token' ? '' : token === '' ? '"" ' : `${token} `;
  const once = `${worded}${inner}`;
  const text = !repeats ? once : tokenRepeats ? `${once} [${once} ...]` : `${once} [${inner} ...]`;
  return flags.includes('optional') ? `[${text}]` : text;
}

function innerOf({ name, type, token, flags, parts }: DocumentedArgument): string {
  switch (type) {
    case 'pure-token':
      return token === undefined || token === '' ? '""' : token;
    case 'block':
      return parts.map(written).join(' ');
    case 'oneof': {
      const either = parts.map(written).join(' | ');
      return flags.includes('optional') && token === undefined ? either : `<${either}>`;
    }
    default:
      return name;
  }
}

/** The words that may stand somewhere among the arguments: NX, EX, LIMIT … */
export function tokensOf(all: readonly DocumentedArgument[]): readonly string[] {
  return all.flatMap(({ token, parts }) => [
    ...(token === undefined || token === '' ? [] : [token]),
    ...tokensOf(parts),
  ]);
}
