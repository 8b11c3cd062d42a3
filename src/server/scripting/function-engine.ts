import type { ByteString } from '../../resp/args.js';
import { type Reply, ReplyError } from '../../resp/reply.js';
import { CommandError } from '../errors.js';
import { FunctionInterpreter } from './function-interpreter.js';
import { fatalReply, type InterpreterOptions, type RunLimits } from './interpreter.js';
import { nameProblem, type RegisteredFunction } from './library-registration.js';
import type { Lrand48 } from './lrand48.js';
import type { ScriptHost } from './redis-library.js';
import { splitWords } from './shebang.js';
import type { WasmModule } from './web-assembly.js';

/**
 * The libraries of FUNCTION LOAD and the functions they registered. Function names are the same in any case,
 * library names are not, as in Redis.
 *
 * A function that was stopped, or brought the interpreter down, costs the interpreter as a script does; the
 * libraries are loaded again before the next call, so what they kept in local variables starts anew.
 */
export class FunctionEngine {
  private readonly loaded = new Map<ByteString, Library>();
  /** By lower-case name. */
  private readonly functions = new Map<string, LibraryFunction>();
  private interpreter: FunctionInterpreter | undefined;

  constructor(
    private readonly binary: WasmModule,
    private readonly options: InterpreterOptions,
    private readonly random: Lrand48,
  ) {}

  get libraries(): Iterable<Library> {
    return this.loaded.values();
  }

  get libraryCount(): number {
    return this.loaded.size;
  }

  get functionCount(): number {
    return this.functions.size;
  }

  /** Bytes of the libraries that are kept. */
  get cachedBytes(): number {
    return [...this.loaded.values()].reduce((sum, { code }) => sum + code.length, 0);
  }

  /** Bytes that Lua's values take now. */
  get usedMemory(): number {
    return this.interpreter?.usedMemory ?? 0;
  }

  find(name: ByteString): LibraryFunction | undefined {
    return this.functions.get(name.toLowerCase());
  }

  /** Loads a library and returns its name; throws a `CommandError` and changes nothing when it cannot. */
  load(source: Uint8Array, options: { readonly replace: boolean; readonly host: ScriptHost }): ByteString {
    const code = Buffer.from(source);
    const { name, shebangLength } = readMetadata(code.latin1Slice());
    if (this.loaded.has(name) && !options.replace) throw new CommandError(`ERR Library '${name}' already exists`);
    const interpreter = this.ready(options.host);
    // Not before: a new interpreter has loaded it anew.
    const old = this.loaded.get(name);
    const registered = this.protect('', () =>
      interpreter.load(code.subarray(shebangLength), options.host, LOAD_TIME_LIMIT),
    );
    const problem = this.problemOf(registered, old);
    if (problem !== undefined) {
      interpreter.release(registered);
      throw new CommandError(`ERR ${problem}`);
    }
    if (old !== undefined) this.remove(old);
    this.add({ name, code, shebangLength, functions: registered });
    return name;
  }

  /** All of the libraries or none; throws a `CommandError` and leaves what was there when one cannot be loaded. */
  restore(sources: readonly Uint8Array[], policy: RestorePolicy, host: ScriptHost): void {
    const before = [...this.loaded.values()];
    try {
      if (policy === 'flush') this.flush();
      else for (const source of sources) this.makeWay(source, policy);
      for (const source of sources) this.load(source, { replace: false, host });
    } catch (error) {
      this.flush();
      // Loaded again before the next call.
      for (const library of before) this.add(library);
      throw error;
    }
  }

  private makeWay(source: Uint8Array, policy: RestorePolicy): void {
    const { name } = readMetadata(Buffer.from(source).latin1Slice());
    const old = this.loaded.get(name);
    if (old === undefined) return;
    if (policy === 'append') throw new CommandError(`ERR Library ${name} already exists`);
    this.remove(old);
  }

  /** False when there is no such library. */
  delete(name: ByteString): boolean {
    const library = this.loaded.get(name);
    if (library === undefined) return false;
    this.remove(library);
    return true;
  }

  flush(): void {
    this.loaded.clear();
    this.functions.clear();
    this.interpreter = undefined;
  }

  /** As `ScriptEngine.run`. */
  run(
    name: ByteString,
    keys: readonly Uint8Array[],
    argv: readonly Uint8Array[],
    host: ScriptHost,
    limits: RunLimits,
  ): Reply {
    const interpreter = this.ready(host);
    const called = this.find(name);
    if (called === undefined) return new CommandError('ERR Function not found');
    return this.protect(called.name, () => interpreter.run(called, keys, argv, host, limits));
  }

  private protect<T>(name: ByteString, work: () => T): T {
    const { interpreter } = this;
    try {
      return work();
    } catch (error) {
      if (error instanceof ReplyError) throw error;
      this.interpreter = undefined;
      const failure = interpreter?.redis.hostFailure;
      throw failure === undefined ? fatalReply(name, error) : failure.error;
    }
  }

  /** The interpreter with all libraries in it. */
  private ready(host: ScriptHost): FunctionInterpreter {
    if (this.interpreter !== undefined) return this.interpreter;
    const interpreter = new FunctionInterpreter(this.binary, this.options, this.random);
    this.interpreter = interpreter;
    const libraries = [...this.loaded.values()];
    this.loaded.clear();
    this.functions.clear();
    for (const library of libraries) {
      const { code, shebangLength } = library;
      const functions = this.protect('', () => interpreter.load(code.subarray(shebangLength), host, 0));
      this.add({ ...library, functions });
    }
    return interpreter;
  }

  private problemOf(registered: ReadonlyMap<string, RegisteredFunction>, old: Library | undefined): string | undefined {
    if (registered.size === 0) return 'No functions registered';
    for (const name of registered.keys()) {
      const other = this.find(name);
      if (other !== undefined && other.library !== old?.name) return `Function ${name} already exists`;
    }
    return undefined;
  }

  private add(library: Library): void {
    this.loaded.set(library.name, library);
    for (const registered of library.functions.values()) {
      this.functions.set(registered.name.toLowerCase(), { ...registered, library: library.name });
    }
  }

  private remove(library: Library): void {
    this.loaded.delete(library.name);
    for (const name of library.functions.keys()) this.functions.delete(name.toLowerCase());
    this.interpreter?.release(library.functions);
  }
}

/** What FUNCTION RESTORE does with libraries that are there: none may be, they give way, or all go. */
export type RestorePolicy = 'append' | 'replace' | 'flush';

export interface Library {
  readonly name: ByteString;
  /** All of it, with its first line. */
  readonly code: Buffer;
  readonly shebangLength: number;
  readonly functions: ReadonlyMap<string, RegisteredFunction>;
}

export interface LibraryFunction extends RegisteredFunction {
  readonly library: ByteString;
}

/** What the first line says: `#!lua name=mylib`. */
function readMetadata(source: ByteString): { readonly name: ByteString; readonly shebangLength: number } {
  if (!source.startsWith('#!')) throw new CommandError('ERR Missing library metadata');
  const shebangLength = source.indexOf('\n');
  const words = shebangLength === -1 ? undefined : splitWords(source.slice(0, shebangLength));
  if (words === undefined || words.length === 0) throw new CommandError('ERR Invalid library metadata');
  const name = nameIn(words.slice(1));
  const problem = nameProblem(name);
  if (problem !== undefined) throw new CommandError(`ERR ${problem}`);
  const engine = words[0]!.slice(2);
  if (engine.toLowerCase() !== 'lua') throw new CommandError(`ERR Engine '${engine}' not found`);
  return { name, shebangLength };
}

function nameIn(words: readonly string[]): ByteString {
  let name: string | undefined;
  for (const word of words) {
    if (!/^name=/i.test(word)) throw new CommandError(`ERR Invalid metadata value given: ${word}`);
    if (name !== undefined) {
      throw new CommandError('ERR Invalid metadata value, name argument was given multiple times');
    }
    name = word.slice('name='.length);
  }
  if (name === undefined) throw new CommandError('ERR Library name was not given');
  return name;
}

/** Milliseconds; registering functions takes none. */
const LOAD_TIME_LIMIT = 500;
