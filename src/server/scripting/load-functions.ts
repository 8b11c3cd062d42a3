import type { State } from './lua-binary.js';
import { type CFunction, LuaType, type LuaVm } from './lua-vm.js';

/**
 * `load` and `loadstring` that read text only. Redis has cut the reader of precompiled code out of its Lua,
 * since broken bytecode breaks the interpreter; there the escape byte is a syntax error, as it is here.
 */
export function loadFunctions(vm: LuaVm): { readonly load: CFunction; readonly loadstring: CFunction } {
  return { load: (L) => load(vm, L), loadstring: (L) => loadString(vm, L) };
}

function loadString(vm: LuaVm, L: State): number {
  const { lua } = vm;
  vm.checkString(L, 1);
  lua.lua_settop(L, 2);
  if (lua.lua_type(L, 2) === LuaType.nil) {
    lua.lua_pushvalue(L, 1);
    lua.lua_replace(L, 2);
  }
  vm.checkString(L, 2);
  lua.lua_pushvalue(L, 1);
  return compile(vm, L, 2);
}

function load(vm: LuaVm, L: State): number {
  const { lua } = vm;
  lua.lua_settop(L, 2);
  lua.luaL_checktype(L, 1, LuaType.function);
  if (lua.lua_type(L, 2) === LuaType.nil) {
    vm.pushText(L, '=(load)');
    lua.lua_replace(L, 2);
  } else vm.checkString(L, 2);
  vm.pushText(L, '');
  for (;;) {
    lua.lua_pushvalue(L, 1);
    if (lua.lua_pcall(L, 0, 1, 0) !== 0) return failure(vm, L);
    if (lua.lua_type(L, -1) === LuaType.nil) break;
    if (lua.lua_isstring(L, -1) === 0) {
      lua.luaL_where(L, 1);
      vm.pushText(L, 'reader function must return a string');
      lua.lua_concat(L, 2);
      return failure(vm, L);
    }
    if (vm.stringAt(L, -1) !== 0 && vm.stringLength === 0) break;
    lua.lua_concat(L, 2);
  }
  lua.lua_settop(L, 3);
  return compile(vm, L, 2);
}

/** Compiles the text on top of the stack under the name at `nameIndex`: the function, or nil and the error. */
function compile(vm: LuaVm, L: State, nameIndex: number): number {
  const { lua } = vm;
  return compileText(vm, L, lua.lua_gettop(L), vm.stringAt(L, nameIndex)) === 0 ? 1 : failure(vm, L);
}

/** luaL_loadbuffer of the text at an index of the stack; a space before it keeps bytecode from being read. */
export function compileText(vm: LuaVm, L: State, index: number, name: number): number {
  const { lua } = vm;
  if (vm.heap[vm.stringAt(L, index)] === ESCAPE) {
    vm.pushText(L, ' ');
    lua.lua_pushvalue(L, index);
    lua.lua_concat(L, 2);
    lua.lua_replace(L, index);
  }
  const at = vm.stringAt(L, index);
  return lua.luaL_loadbuffer(L, at, vm.stringLength, name);
}

function failure(vm: LuaVm, L: State): number {
  vm.lua.lua_pushnil(L);
  vm.lua.lua_insert(L, -2);
  return 2;
}

const ESCAPE = 0x1b;
