import { globMatches } from '../../../../core/glob.js';
import type { Args, ByteString } from '../../../../resp/args.js';
import type { ReplySink } from '../../../../resp/sink.js';
import { CommandError } from '../../../errors.js';
import type { Library } from '../../../scripting/function-engine.js';
import type { RegisteredFunction } from '../../../scripting/library-registration.js';
import type { CommandDeclaration } from '../../command.js';
import { scriptEngine } from '../run-script.js';

export const list: CommandDeclaration = {
  name: 'list',
  summary: 'List information about all the functions',
  since: '7.0.0',
  group: 'scripting',
  complexity: 'O(N) where N is the number of functions',
  arguments: ['[LIBRARYNAME library-name-pattern]', '[WITHCODE]'],
  arity: -2,
  flags: ['noscript'],
  run({ args, reply, server }) {
    const { matches, withCode } = readOptions(args);
    const libraries = [...scriptEngine(server).functions.libraries].filter(({ name }) => matches(name));
    reply.array(libraries.length);
    for (const library of libraries) writeLibrary(reply, library, withCode);
  },
};

interface Options {
  readonly matches: (name: ByteString) => boolean;
  readonly withCode: boolean;
}

function readOptions(args: Args): Options {
  let pattern: ByteString | undefined;
  let withCode = false;
  for (let i = 2; i < args.count; i++) {
    const word = args.word(i);
    if (word === 'withcode' && !withCode) withCode = true;
    else if (word === 'libraryname' && pattern === undefined) {
      if (++i === args.count) throw new CommandError('ERR library name argument was not given');
      pattern = args.text(i);
    } else throw new CommandError(`ERR Unknown argument ${args.text(i)}`);
  }
  const wanted = pattern;
  return { matches: (name) => wanted === undefined || globMatches(wanted, name, true), withCode };
}

function writeLibrary(reply: ReplySink, library: Library, withCode: boolean): void {
  reply.map(withCode ? 4 : 3);
  reply.bulk('library_name');
  reply.bulk(library.name);
  reply.bulk('engine');
  reply.bulk('LUA');
  reply.bulk('functions');
  reply.array(library.functions.size);
  for (const registered of library.functions.values()) writeFunction(reply, registered);
  if (!withCode) return;
  reply.bulk('library_code');
  reply.bulkBytes(library.code);
}

function writeFunction(reply: ReplySink, { name, description, flagNames }: RegisteredFunction): void {
  reply.map(3);
  reply.bulk('name');
  reply.bulk(name);
  reply.bulk('description');
  if (description === undefined) reply.nil();
  else reply.bulk(description);
  reply.bulk('flags');
  reply.set(flagNames.length);
  for (const flag of flagNames) reply.simple(flag);
}
