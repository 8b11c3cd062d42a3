import { bitFunctions } from './bit.js';
import { pushCjson } from './cjson.js';
import { cmsgpackFunctions } from './cmsgpack.js';
import { loadFunctions } from './load-functions.js';
import type { Lrand48 } from './lrand48.js';
import type { State } from './lua-binary.js';
import { type CFunction, GLOBALS, LuaType, type LuaVm, MULTIPLE_RESULTS, REGISTRY } from './lua-vm.js';
import { numberFunctions } from './number-functions.js';
import type { RedisLibrary } from './redis-library.js';
import { structFunctions } from './struct.js';

/**
 * The globals of a script, exactly Redis 7.0.15's: what may load code, reach files or see other environments
 * is gone, everything left cannot be changed.
 *
 * Redis has a read-only flag in its own Lua; here each protected table is reached through an empty one whose
 * metatable reads from it and refuses writes. The few functions that go past metatables (rawset, next,
 * setmetatable, table.insert …) stand behind a check for those empty tables.
 */
export class Sandbox {
  /** The registry reference of the table that holds the globals; KEYS and ARGV are set there. */
  readonly globals: number;
  /** Stand-ins by address, with the registry reference of what they stand for. */
  private readonly standIns = new Map<number, number>();
  private readonly refuseWrite: number;

  constructor(
    private readonly vm: LuaVm,
    redis: RedisLibrary,
    private readonly random: Lrand48,
  ) {
    const L = vm.main;
    this.refuseWrite = vm.define((L) => vm.error(L, READ_ONLY));
    this.openLibraries(L, redis);
    this.addErrorHandler(L);
    this.guardTableFunctions(L);
    this.globals = this.protectAll(L);
  }

  private openLibraries(L: State, redis: RedisLibrary): void {
    const { vm } = this;
    const { lua } = vm;
    for (const open of [lua.luaopen_base, lua.luaopen_table, lua.luaopen_string, lua.luaopen_math, lua.luaopen_debug]) {
      open(L);
      lua.lua_settop(L, 0);
    }
    this.setGlobal(L, 'cjson', () => pushCjson(vm, L));
    this.setGlobal(L, 'struct', () => this.pushTable(L, structFunctions(vm)));
    this.setGlobal(L, 'cmsgpack', () => {
      this.pushTable(L, cmsgpackFunctions(vm));
      vm.setTexts(L, CMSGPACK_TEXTS);
    });
    this.setGlobal(L, 'bit', () => this.pushTable(L, bitFunctions(vm)));
    this.setGlobal(L, 'redis', () => redis.push(L));
    this.replace(L, undefined, { pcall: (L) => this.pcall(L), ...loadFunctions(vm) });
    this.replace(L, 'math', { random: (L) => this.randomNumber(L), randomseed: (L) => this.randomSeed(L) });
    for (const name of REMOVED) this.setGlobal(L, name, () => lua.lua_pushnil(L));
  }

  private pushTable(L: State, functions: Readonly<Record<string, CFunction>>): void {
    this.vm.lua.lua_createtable(L, 0, 0);
    this.vm.setFunctions(L, functions);
  }

  private setGlobal(L: State, name: string, push: () => void): void {
    push();
    this.vm.lua.lua_setfield(L, GLOBALS, this.vm.name(name));
  }

  /** Sets functions of a library, or of the globals. */
  private replace(L: State, library: string | undefined, functions: Readonly<Record<string, CFunction>>): void {
    const { lua } = this.vm;
    if (library === undefined) lua.lua_pushvalue(L, GLOBALS);
    else lua.lua_getfield(L, GLOBALS, this.vm.name(library));
    this.vm.setFunctions(L, functions);
    lua.lua_settop(L, -2);
  }

  /** Puts the place of the error into the error's table; the `debug` library goes away with it. */
  private addErrorHandler(L: State): void {
    const { vm } = this;
    vm.pushText(L, ERROR_HANDLER);
    const at = vm.stringAt(L, -1);
    vm.lua.luaL_loadbuffer(L, at, ERROR_HANDLER.length, vm.name('@err_handler_def'));
    vm.lua.lua_call(L, 0, 0);
    vm.lua.lua_settop(L, 0);
  }

  private guardTableFunctions(L: State): void {
    this.guard(L, undefined, ['rawset', 'setmetatable'], (L) => this.refuseStandIn(L));
    this.guard(L, undefined, ['rawget', 'next', 'pairs', 'getmetatable'], (L) => this.lookThrough(L));
    this.guard(L, 'table', ['insert'], (L) => this.refuseStandIn(L));
    this.guard(L, 'table', ['foreach'], (L) => this.lookThrough(L));
    this.guard(L, 'cjson', ['encode'], (L) => this.lookThrough(L));
    const wrapped = numberFunctions(this.vm);
    this.wrap(L, undefined, { tonumber: wrapped.tonumber });
    this.wrap(L, 'string', { format: wrapped.format });
  }

  /** Puts a check before C functions; they keep their names and upvalues in error messages and pairs(). */
  private guard(L: State, library: string | undefined, names: readonly string[], check: (L: State) => void): void {
    const wrappers = names.map((name) => [
      name,
      (native: CFunction): CFunction =>
        (L) => {
          check(L);
          return native(L);
        },
    ]);
    this.wrap(L, library, Object.fromEntries(wrappers));
  }

  private wrap(
    L: State,
    library: string | undefined,
    wrappers: Readonly<Record<string, (native: CFunction) => CFunction>>,
  ): void {
    const { vm } = this;
    const { lua } = vm;
    if (library === undefined) lua.lua_pushvalue(L, GLOBALS);
    else lua.lua_getfield(L, GLOBALS, vm.name(library));
    for (const [name, wrapper] of Object.entries(wrappers)) {
      lua.lua_getfield(L, -1, vm.name(name));
      const native = vm.native(lua.lua_tocfunction(L, -1));
      const upvalues = lua.lua_getupvalue(L, -1, 1) === 0 ? 0 : 1;
      lua.lua_pushcclosure(L, vm.define(wrapper(native)), upvalues);
      lua.lua_setfield(L, -3, vm.name(name));
      lua.lua_settop(L, -2);
    }
    lua.lua_settop(L, -2);
  }

  private refuseStandIn(L: State): void {
    const at = this.vm.lua.lua_topointer(L, 1);
    if (!this.standIns.has(at)) return;
    this.vm.pushText(L, READ_ONLY);
    this.vm.raise(L);
  }

  /** Reading goes on in the table behind the stand-in. */
  private lookThrough(L: State): void {
    const { lua } = this.vm;
    const ref = this.standIns.get(lua.lua_topointer(L, 1));
    if (ref === undefined || lua.lua_type(L, 1) !== LuaType.table) return;
    lua.lua_rawgeti(L, REGISTRY, ref);
    lua.lua_replace(L, 1);
  }

  private protectAll(L: State): number {
    const { vm } = this;
    const { lua } = vm;
    for (const name of LIBRARIES) {
      lua.lua_getfield(L, GLOBALS, vm.name(name));
      this.pushStandIn(L);
      lua.lua_setfield(L, GLOBALS, vm.name(name));
      lua.lua_settop(L, 0);
    }
    this.protectStringMetatable(L);
    return this.protectGlobals(L);
  }

  /** Replaces the table on top of the stack by its stand-in; returns the reference of the table. */
  pushStandIn(L: State): number {
    const { vm } = this;
    const { lua } = vm;
    lua.lua_pushvalue(L, -1);
    const ref = lua.luaL_ref(L, REGISTRY);
    lua.lua_createtable(L, 0, 0);
    lua.lua_createtable(L, 0, 2);
    lua.lua_pushvalue(L, -3);
    lua.lua_setfield(L, -2, vm.name('__index'));
    lua.lua_pushcclosure(L, this.refuseWrite, 0);
    lua.lua_setfield(L, -2, vm.name('__newindex'));
    lua.lua_setmetatable(L, -2);
    this.standIns.set(lua.lua_topointer(L, -1), ref);
    lua.lua_remove(L, -2);
    return ref;
  }

  private protectStringMetatable(L: State): void {
    const { vm } = this;
    const { lua } = vm;
    vm.pushText(L, '');
    lua.lua_getmetatable(L, -1);
    lua.lua_createtable(L, 0, 1);
    lua.lua_getfield(L, GLOBALS, vm.name('string'));
    lua.lua_setfield(L, -2, vm.name('__index'));
    this.pushStandIn(L);
    lua.lua_setfield(L, -2, vm.name('__metatable'));
    lua.lua_settop(L, 0);
  }

  private protectGlobals(L: State): number {
    const { vm } = this;
    const { lua } = vm;
    lua.lua_pushvalue(L, GLOBALS);
    this.refuseMissing(L);
    const globals = this.pushStandIn(L);
    lua.lua_pushvalue(L, -1);
    lua.lua_setfield(L, GLOBALS, vm.name('_G'));
    lua.lua_replace(L, GLOBALS);
    lua.lua_settop(L, 0);
    return globals;
  }

  /** Reading a field that the table on top of the stack has not becomes an error. */
  refuseMissing(L: State): void {
    const { vm } = this;
    const { lua } = vm;
    lua.lua_createtable(L, 0, 2);
    vm.pushFunction(L, (L) => this.missingGlobal(L));
    lua.lua_setfield(L, -2, vm.name('__index'));
    lua.lua_pushvalue(L, -1);
    this.pushStandIn(L);
    lua.lua_setfield(L, -2, vm.name('__metatable'));
    lua.lua_setmetatable(L, -2);
  }

  private missingGlobal(L: State): number {
    const { vm } = this;
    const type = vm.lua.lua_type(L, 2);
    if (type !== LuaType.string && type !== LuaType.number) {
      vm.error(L, 'Second argument to luaProtectedTableError must be a string or number');
    }
    const name = vm.cString(vm.stringAt(L, 2));
    return vm.error(L, `Script attempted to access nonexistent global variable '${name}'`);
  }

  /** Redis's pcall: an error table of redis.call reaches the script as its text. */
  private pcall(L: State): number {
    const { vm } = this;
    const { lua } = vm;
    const count = lua.lua_gettop(L);
    if (count === 0) {
      lua.lua_pushboolean(L, 0);
      vm.pushText(L, 'attempt to call a boolean value');
      return 2;
    }
    lua.lua_pushboolean(L, 1);
    lua.lua_insert(L, 1);
    if (lua.lua_pcall(L, count - 1, MULTIPLE_RESULTS, 0) === 0) return lua.lua_gettop(L);
    lua.lua_remove(L, 1);
    if (lua.lua_type(L, -1) === LuaType.table) {
      lua.lua_getfield(L, -1, vm.name('err'));
      if (lua.lua_isstring(L, -1) !== 0) lua.lua_replace(L, -2);
    }
    lua.lua_pushboolean(L, 0);
    lua.lua_insert(L, 1);
    return lua.lua_gettop(L);
  }

  private randomNumber(L: State): number {
    const { vm } = this;
    const { lua } = vm;
    const r = (this.random.next() % INT_MAX) / INT_MAX;
    switch (lua.lua_gettop(L)) {
      case 0:
        lua.lua_pushnumber(L, r);
        return 1;
      case 1: {
        const upper = vm.checkInt(L, 1);
        if (upper < 1) vm.argumentError(L, 1, 'interval is empty');
        lua.lua_pushnumber(L, Math.floor(r * upper) + 1);
        return 1;
      }
      case 2: {
        const lower = vm.checkInt(L, 1);
        const upper = vm.checkInt(L, 2);
        if (lower > upper) vm.argumentError(L, 2, 'interval is empty');
        lua.lua_pushnumber(L, Math.floor(r * ((upper - lower + 1) | 0)) + lower);
        return 1;
      }
      default:
        return vm.error(L, 'wrong number of arguments');
    }
  }

  private randomSeed(L: State): number {
    this.random.seed(this.vm.checkInt(L, 1));
    return 0;
  }
}

const READ_ONLY = 'Attempt to modify a readonly table';
const INT_MAX = 2147483647;
const REMOVED = ['dofile', 'loadfile', 'print', 'getfenv', 'setfenv', 'newproxy', 'module', 'require'];
const LIBRARIES = ['string', 'table', 'math', 'coroutine', 'cjson', 'struct', 'cmsgpack', 'bit', 'redis'];
const CMSGPACK_TEXTS = {
  _NAME: 'cmsgpack',
  _VERSION: 'lua-cmsgpack 0.4.0',
  _COPYRIGHT: 'Copyright (C) 2012, Salvatore Sanfilippo',
  _DESCRIPTION: 'MessagePack C implementation for Lua',
};

/** Redis's own handler (eval.c): level 2 is where the error was raised, or the script that called C. */
const ERROR_HANDLER = `local dbg = debug
debug = nil
function __redis__err__handler(err)
  local i = dbg.getinfo(2,'nSl')
  if i and i.what == 'C' then
    i = dbg.getinfo(3,'nSl')
  end
  if type(err) ~= 'table' then
    err = {err='ERR ' .. tostring(err)}
  end
  if i then
    err['source'] = i.source
    err['line'] = i.currentline
  end
  return err
end`;
