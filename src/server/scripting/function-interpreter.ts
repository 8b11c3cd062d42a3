import { CommandError } from '../errors.js';
import { BASE, GLOBALS_TABLE, Interpreter, type InterpreterOptions } from './interpreter.js';
import { LibraryRegistration, type RegisteredFunction } from './library-registration.js';
import type { Lrand48 } from './lrand48.js';
import type { Pointer, State } from './lua-binary.js';
import { GLOBALS, REGISTRY } from './lua-vm.js';
import type { ScriptHost } from './redis-library.js';
import { withoutNewlines } from './reply-conversion.js';
import type { WasmModule } from './web-assembly.js';

/**
 * Runs the functions of libraries. While a library loads, its globals are only a `redis` that registers
 * functions and logs; when they run, the same empty table of globals shows what scripts have, without KEYS and
 * ARGV, which come as arguments.
 */
export class FunctionInterpreter extends Interpreter {
  private readonly registration: LibraryRegistration;
  /** References of what the empty globals read from, and of their metatable. */
  private readonly loadingGlobals: number;
  private readonly globalsMetatable: number;
  private isLoading = false;

  constructor(binary: WasmModule, options: InterpreterOptions, random: Lrand48) {
    super(binary, options, random, 'functions');
    const { lua, main } = this.vm;
    lua.lua_pushnil(main);
    lua.lua_setfield(main, GLOBALS_TABLE, this.vm.name('__redis__err__handler'));
    this.registration = new LibraryRegistration(this.vm, this.redis.conversion);
    this.loadingGlobals = this.createLoadingGlobals(main);
    this.globalsMetatable = this.replaceGlobals(main);
  }

  /** Runs a library's code; throws a `CommandError` when it does not compile or fails. */
  load(code: Buffer, host: ScriptHost, timeLimit: number): ReadonlyMap<string, RegisteredFunction> {
    const { redis } = this;
    const { lua, main } = this.vm;
    redis.host = host;
    const functions = this.registration.begin();
    this.showGlobals(main, this.loadingGlobals);
    let loaded = false;
    try {
      const reference = this.compileAs(code, '@user_function', 'function');
      this.isLoading = true;
      this.limitTime({ timeLimit });
      lua.lua_rawgeti(main, REGISTRY, reference);
      lua.luaL_unref(main, REGISTRY, reference);
      if (lua.lua_pcall(main, 0, 0, 0) !== 0) throw this.loadError(main);
      loaded = true;
    } finally {
      this.isLoading = false;
      this.registration.end();
      lua.lua_settop(main, BASE);
      this.showGlobals(main, this.sandbox.globals);
      redis.host = undefined;
      if (!loaded) this.release(functions);
    }
    return functions;
  }

  release(functions: ReadonlyMap<string, RegisteredFunction>): void {
    const { lua, main } = this.vm;
    for (const { reference } of functions.values()) lua.luaL_unref(main, REGISTRY, reference);
  }

  protected override push(reference: number, keys: readonly Uint8Array[], argv: readonly Uint8Array[]): number {
    const { lua, main } = this.vm;
    lua.lua_rawgeti(main, REGISTRY, reference);
    this.pushArray(keys);
    this.pushArray(argv);
    return 2;
  }

  /** A library cannot catch errors while it loads, so an ordinary one ends it and spares the interpreter. */
  protected override stop(L: State, info: Pointer, reason: string): never {
    if (!this.isLoading) return super.stop(L, info, reason);
    this.redis.conversion.pushError(L, 'FUNCTION LOAD timeout');
    return this.vm.raise(L);
  }

  private loadError(L: State): CommandError {
    const { vm } = this;
    const isText = vm.lua.lua_isstring(L, -1) !== 0;
    const message = isText ? `ERR ${vm.cString(vm.stringAt(L, -1))}` : this.errorField(L);
    return new CommandError(`ERR Error registering functions: ${withoutNewlines(message)}`);
  }

  private errorField(L: State): string {
    const isTable = this.vm.typeName(L, -1) === 'table';
    return (isTable ? this.field('err') : undefined) ?? '(null)';
  }

  private createLoadingGlobals(L: State): number {
    const { vm, redis, sandbox } = this;
    const { lua } = vm;
    lua.lua_createtable(L, 0, 1);
    redis.pushForLoading(L, (L) => this.registration.register(L));
    sandbox.refuseMissing(L);
    sandbox.pushStandIn(L);
    lua.lua_setfield(L, -2, vm.name('redis'));
    sandbox.refuseMissing(L);
    return lua.luaL_ref(L, REGISTRY);
  }

  /** An empty table becomes the globals; returns the reference of its metatable. */
  private replaceGlobals(L: State): number {
    const { vm, sandbox } = this;
    const { lua } = vm;
    lua.lua_rawgeti(L, REGISTRY, sandbox.globals);
    sandbox.pushStandIn(L);
    lua.lua_getmetatable(L, -1);
    const metatable = lua.luaL_ref(L, REGISTRY);
    lua.lua_replace(L, GLOBALS);
    return metatable;
  }

  private showGlobals(L: State, globals: number): void {
    const { vm } = this;
    const { lua } = vm;
    lua.lua_rawgeti(L, REGISTRY, this.globalsMetatable);
    lua.lua_rawgeti(L, REGISTRY, globals);
    lua.lua_setfield(L, -2, vm.name('__index'));
    lua.lua_settop(L, -2);
  }
}
