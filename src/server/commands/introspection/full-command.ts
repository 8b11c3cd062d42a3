import { Args } from '../../../resp/args.js';
import { CommandError } from '../../errors.js';
import type { Call } from '../call.js';
import { type CommandDeclaration, keyPlaces } from '../command.js';
import { type KeySpec, keySpecsOf, placesOf } from './key-spec.js';

/** A key's place in the arguments and what the command does with it. */
export interface KeyUse {
  readonly place: number;
  readonly flags: readonly string[];
}

/** The command that begins at argument 2 of COMMAND GETKEYS, and its keys. */
export function keysOfCommand(call: Call): { args: Args; keys: readonly KeyUse[] } {
  const args = argumentsFrom(call.args, 2);
  const { commands } = call.server;
  const command = commands.find(args);
  if (command?.run === undefined || (command.subcommands !== undefined && args.count > 1)) {
    throw new CommandError('ERR Invalid command specified');
  }
  const name = commands.fullName(command);
  if (keySpecsOf(name).every(isNoKey)) throw new CommandError('ERR The command has no key arguments');
  if (command.arity > 0 ? args.count !== command.arity : args.count < -command.arity) {
    throw new CommandError('ERR Invalid number of arguments specified for command');
  }
  const keys = keysBySpecs(name, args) ?? keysFound(command, name, args);
  if (keys.length === 0 && !command.flags.includes('no_mandatory_keys')) {
    throw new CommandError('ERR Invalid arguments specified for command');
  }
  return { args, keys };
}

/** Undefined where the specifications do not tell: they are incomplete, or the arguments make no sense. */
function keysBySpecs(name: string, args: Args): readonly KeyUse[] | undefined {
  const keys: KeyUse[] = [];
  for (const spec of keySpecsOf(name)) {
    if (isNoKey(spec)) continue;
    const { flags } = spec;
    const places = placesOf(spec, args);
    if (places === undefined || flags.includes('incomplete') || flags.includes('variable_flags')) return undefined;
    for (const place of places) keys.push({ place, flags });
  }
  return keys;
}

/** By the command's own search, where it has one; a fixed range was told by the specification. */
function keysFound({ keys }: CommandDeclaration, name: string, args: Args): readonly KeyUse[] {
  const searched = keys !== undefined && ('find' in keys || keySpecsOf(name).some(isVariable));
  return searched ? keyPlaces(keys, args).map((place) => ({ place, flags: keyFlags(name, args, place) })) : [];
}

const isNoKey = ({ flags }: KeySpec): boolean => flags.includes('not_key');
const isVariable = ({ flags }: KeySpec): boolean => flags.includes('variable_flags');

/** The arguments from one on, as those of a command of their own. */
export function argumentsFrom(args: Args, from: number): Args {
  const rest = new Args();
  rest.reset(args.buffer, args.base);
  rest.takeOver(args, from);
  return rest;
}

/** What the command does with its key at place `i`. */
export function keyFlags(name: string, args: Args, i: number): readonly string[] {
  const specs = keySpecsOf(name);
  const spec = specs.find((one) => placesOf(one, args)?.includes(i)) ?? specs.at(-1);
  const flags = spec?.flags ?? [];
  if (flags.includes('variable_flags')) return variableFlags(name, args);
  // The specification may miss keys; these were found.
  return flags.at(-1) === 'incomplete' ? flags.slice(0, -1) : flags;
}

const READS = ['RO', 'access'];
const CHANGES = ['RW', 'access', 'update'];

/** SET without GET only overwrites, BITFIELD with GET alone only reads. */
function variableFlags(name: string, args: Args): readonly string[] {
  const words = args.texts(2).map((word) => word.toLowerCase());
  if (name === 'set') return words.slice(1).includes('get') ? CHANGES : ['OW', 'update'];
  return readsOnly(words) ? READS : CHANGES;
}

/** BITFIELD's operations, as far as they are well formed: what is not may be a change. */
function readsOnly(words: readonly string[]): boolean {
  for (let i = 0; i < words.length; ) {
    const left = words.length - i - 1;
    if (words[i] === 'get' && left >= 2) i += 3;
    else if (words[i] === 'overflow' && left >= 1) i += 2;
    else return false;
  }
  return true;
}
