import { Args } from '../../../resp/args.js';
import { CommandError } from '../../errors.js';
import type { Call } from '../call.js';
import { type CommandDeclaration, keyPlaces } from '../command.js';
import { keySpecsOf, placesOf } from './key-spec.js';

/** The command that begins at argument 2 of COMMAND GETKEYS, and the places of its keys. */
export function keysOfCommand(call: Call): { command: CommandDeclaration; args: Args; places: readonly number[] } {
  const args = argumentsFrom(call.args, 2);
  const command = call.server.commands.find(args);
  if (command?.run === undefined) throw new CommandError('ERR Invalid command specified');
  if (keySpecsOf(call.server.commands.fullName(command)).every(({ flags }) => flags.includes('not_key'))) {
    throw new CommandError('ERR The command has no key arguments');
  }
  if (command.arity > 0 ? args.count !== command.arity : args.count < -command.arity) {
    throw new CommandError('ERR Invalid number of arguments specified for command');
  }
  const places = keyPlaces(command.keys, args);
  if (places.length === 0 && !command.flags.includes('no_mandatory_keys')) {
    throw new CommandError('ERR Invalid arguments specified for command');
  }
  return { command, args, places };
}

/** The arguments from one on, as those of a command of their own. */
export function argumentsFrom(args: Args, from: number): Args {
  const rest = new Args();
  rest.reset(args.buffer, args.base);
  for (let i = from; i < args.count; i++) rest.add(args.offsets[i]!, args.lengths[i]!);
  return rest;
}

/** What the command does with its key at place `i`. */
export function keyFlags(name: string, args: Args, i: number): readonly string[] {
  const specs = keySpecsOf(name);
  const spec = specs.find((one) => placesOf(one, args).includes(i)) ?? specs.at(-1);
  const flags = spec?.flags ?? [];
  return flags.includes('variable_flags') ? variableFlags(name, args) : flags;
}

/** SET without GET only overwrites, BITFIELD with GET alone only reads. */
function variableFlags(name: string, args: Args): readonly string[] {
  const words = args.texts(2).map((word) => word.toLowerCase());
  if (name === 'set') return words.slice(1).includes('get') ? ['RW', 'access', 'update'] : ['OW', 'update'];
  return words.some((word) => word === 'set' || word === 'incrby') ? ['RW', 'access', 'update'] : ['RO', 'access'];
}
