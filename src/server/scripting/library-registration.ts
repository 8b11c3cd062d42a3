import type { ByteString } from '../../resp/args.js';
import type { State } from './lua-binary.js';
import { LuaType, type LuaVm, REGISTRY } from './lua-vm.js';
import type { ReplyConversion } from './reply-conversion.js';
import { FLAGS, type ScriptFlags, toFlags } from './shebang.js';

export interface RegisteredFunction {
  readonly name: ByteString;
  readonly description: ByteString | undefined;
  /** As the library gave them, in the order in which Redis lists them. */
  readonly flagNames: readonly string[];
  readonly flags: ScriptFlags;
  /** Where the interpreter's registry has the callback. */
  readonly reference: number;
}

/** redis.register_function, in both forms: (name, callback) and ({function_name=, callback=, …}). */
export class LibraryRegistration {
  private functions: Map<string, RegisteredFunction> | undefined;

  constructor(
    private readonly vm: LuaVm,
    private readonly conversion: ReplyConversion,
  ) {}

  /** What is registered until `end` goes to the map that is returned. */
  begin(): ReadonlyMap<string, RegisteredFunction> {
    this.functions = new Map();
    return this.functions;
  }

  end(): void {
    this.functions = undefined;
  }

  register(L: State): number {
    if (this.functions === undefined) {
      this.fail(L, 'redis.register_function can only be called on FUNCTION LOAD command');
    }
    const count = this.vm.lua.lua_gettop(L);
    if (count < 1 || count > 2) this.fail(L, 'wrong number of arguments to redis.register_function');
    const read = count === 1 ? this.readNamed(L) : this.readPositional(L);
    const problem = nameProblem(read.name) ?? (this.functions.has(read.name) ? ALREADY : undefined);
    if (problem !== undefined) {
      this.unref(L, read.reference);
      this.fail(L, problem);
    }
    this.functions.set(read.name, read);
    return 0;
  }

  private readPositional(L: State): RegisteredFunction {
    const { vm } = this;
    const name = vm.text(L, 1);
    if (name === undefined) this.fail(L, 'first argument to redis.register_function must be a string');
    if (vm.lua.lua_type(L, 2) !== LuaType.function) {
      this.fail(L, 'second argument to redis.register_function must be a function');
    }
    const reference = vm.lua.luaL_ref(L, REGISTRY);
    return { name, description: undefined, flagNames: [], flags: toFlags(new Set()), reference };
  }

  private readNamed(L: State): RegisteredFunction {
    const { lua } = this.vm;
    if (lua.lua_type(L, 1) !== LuaType.table) this.fail(L, ONLY_NAMED);
    const read: NamedArguments = {};
    lua.lua_pushnil(L);
    while (lua.lua_next(L, -2) !== 0) {
      const problem = this.readArgument(L, read);
      if (problem !== undefined) this.failRead(L, read, problem);
    }
    const { name, reference, flagNames = [] } = read;
    if (name === undefined) return this.failRead(L, read, 'redis.register_function must get a function name argument');
    if (reference === undefined) return this.failRead(L, read, 'redis.register_function must get a callback argument');
    return { name, description: read.description, flagNames, flags: toFlags(new Set(flagNames)), reference };
  }

  /** Takes the value on top of the stack, whose key is below it; returns what is wrong with it. */
  private readArgument(L: State, read: NamedArguments): string | undefined {
    const { vm } = this;
    const { lua } = vm;
    if (lua.lua_isstring(L, -2) === 0) return 'named argument key given to redis.register_function is not a string';
    const key = lua.lua_type(L, -2) === LuaType.string ? vm.cString(vm.stringAt(L, -2)).toLowerCase() : '';
    switch (key) {
      case 'function_name':
        read.name = vm.text(L, -1);
        if (read.name === undefined) return mustBe('function_name', 'a string');
        break;
      case 'description':
        read.description = vm.text(L, -1);
        if (read.description === undefined) return mustBe('description', 'a string');
        break;
      case 'callback':
        if (lua.lua_type(L, -1) !== LuaType.function) return mustBe('callback', 'a function');
        read.reference = lua.luaL_ref(L, REGISTRY);
        return undefined;
      case 'flags':
        if (lua.lua_type(L, -1) !== LuaType.table) return FLAGS_NO_TABLE;
        read.flagNames = this.readFlags(L);
        if (read.flagNames === undefined) return 'unknown flag given';
        break;
      default:
        return 'unknown argument given to redis.register_function';
    }
    lua.lua_settop(L, -2);
    return undefined;
  }

  /** The flags in the table on top of the stack, undefined when one is unknown. */
  private readFlags(L: State): readonly string[] | undefined {
    const { vm } = this;
    const { lua } = vm;
    const given = new Set<string>();
    for (let i = 1; ; i++) {
      lua.lua_pushnumber(L, i);
      lua.lua_gettable(L, -2);
      const isEnd = lua.lua_type(L, -1) === LuaType.nil;
      const flag = vm.text(L, -1)?.toLowerCase();
      lua.lua_settop(L, -2);
      if (isEnd) return FLAGS.filter((name) => given.has(name));
      if (flag === undefined || !FLAGS.includes(flag)) return undefined;
      given.add(flag);
    }
  }

  private failRead(L: State, read: NamedArguments, message: string): never {
    if (read.reference !== undefined) this.unref(L, read.reference);
    return this.fail(L, message);
  }

  private unref(L: State, reference: number): void {
    this.vm.lua.luaL_unref(L, REGISTRY, reference);
  }

  private fail(L: State, message: string): never {
    this.conversion.pushError(L, message);
    return this.vm.raise(L);
  }
}

/** What is wrong with the name of a library or a function. */
export function nameProblem(name: ByteString): string | undefined {
  return /^[a-zA-Z0-9_]+$/.test(name) ? undefined : BAD_NAME;
}

interface NamedArguments {
  name?: ByteString | undefined;
  description?: ByteString | undefined;
  reference?: number;
  flagNames?: readonly string[] | undefined;
}

function mustBe(argument: string, what: string): string {
  return `${argument} argument given to redis.register_function must be ${what}`;
}

const BAD_NAME =
  'Library names can only contain letters, numbers, or underscores(_) and must be at least one character long';
const ALREADY = 'Function already exists in the library';
const ONLY_NAMED =
  'calling redis.register_function with a single argument is only applicable to Lua table (representing named arguments).';
const FLAGS_NO_TABLE = 'flags argument to redis.register_function must be a table representing function flags';
