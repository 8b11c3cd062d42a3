import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { type WasmImports, type WasmMemory, type WasmModule, type WasmTable, wasm } from './web-assembly.js';

/**
 * The Lua 5.1 interpreter as WebAssembly, and what its binary asks of its surroundings. Only the binary of
 * wasmoon-lua5.1 is used, not its JavaScript: that marshals objects, hides memory and cannot be called from C
 * frames without cost. The export names and the memory layout belong to exactly the version that package.json
 * pins; check this file when it changes.
 *
 * longjmp is a thrown number that `invoke_vii` catches. Anything else thrown through C frames (a stopped
 * script, a trap) leaves the state unusable, and the engine starts a new instance.
 */
export interface LuaExports {
  readonly memory: WasmMemory;
  readonly __indirect_function_table: WasmTable;
  __wasm_call_ctors(): void;
  setThrew(threw: number, value: number): void;
  stackSave(): Pointer;
  stackRestore(stack: Pointer): void;
  malloc(size: number): Pointer;
  free(at: Pointer): void;
  luaL_newstate(): State;
  luaopen_base(L: State): number;
  luaopen_table(L: State): number;
  luaopen_string(L: State): number;
  luaopen_math(L: State): number;
  luaopen_debug(L: State): number;
  lua_gettop(L: State): number;
  lua_settop(L: State, index: number): void;
  lua_checkstack(L: State, extra: number): number;
  lua_pushvalue(L: State, index: number): void;
  lua_remove(L: State, index: number): void;
  lua_insert(L: State, index: number): void;
  lua_replace(L: State, index: number): void;
  lua_type(L: State, index: number): number;
  lua_typename(L: State, type: number): Pointer;
  lua_isnumber(L: State, index: number): number;
  lua_isstring(L: State, index: number): number;
  lua_tonumber(L: State, index: number): number;
  lua_toboolean(L: State, index: number): number;
  lua_tolstring(L: State, index: number, length: Pointer): Pointer;
  lua_tocfunction(L: State, index: number): number;
  lua_getupvalue(L: State, index: number, n: number): Pointer;
  lua_touserdata(L: State, index: number): Pointer;
  lua_topointer(L: State, index: number): Pointer;
  lua_objlen(L: State, index: number): number;
  lua_pushnil(L: State): void;
  lua_pushnumber(L: State, value: number): void;
  lua_pushboolean(L: State, value: number): void;
  lua_pushlstring(L: State, at: Pointer, length: number): void;
  lua_pushlightuserdata(L: State, at: Pointer): void;
  lua_pushcclosure(L: State, callback: number, upvalues: number): void;
  lua_newuserdata(L: State, size: number): Pointer;
  lua_createtable(L: State, items: number, fields: number): void;
  lua_gettable(L: State, index: number): void;
  lua_settable(L: State, index: number): void;
  lua_getfield(L: State, index: number, name: Pointer): void;
  lua_setfield(L: State, index: number, name: Pointer): void;
  lua_rawget(L: State, index: number): void;
  lua_rawset(L: State, index: number): void;
  lua_rawgeti(L: State, index: number, n: number): void;
  lua_rawseti(L: State, index: number, n: number): void;
  lua_next(L: State, index: number): number;
  lua_concat(L: State, count: number): void;
  lua_getmetatable(L: State, index: number): number;
  lua_setmetatable(L: State, index: number): number;
  lua_call(L: State, args: number, results: number): void;
  lua_pcall(L: State, args: number, results: number, handler: number): number;
  lua_error(L: State): number;
  lua_gc(L: State, what: number, data: number): number;
  lua_sethook(L: State, hook: number, mask: number, count: number): number;
  lua_getstack(L: State, level: number, info: Pointer): number;
  lua_getinfo(L: State, what: Pointer, info: Pointer): number;
  lua_getlocal(L: State, info: Pointer, n: number): Pointer;
  luaL_loadbuffer(L: State, at: Pointer, length: number, name: Pointer): number;
  luaL_ref(L: State, table: number): number;
  luaL_unref(L: State, table: number, ref: number): void;
  luaL_where(L: State, level: number): void;
  luaL_argerror(L: State, argument: number, message: Pointer): number;
  luaL_typerror(L: State, argument: number, type: Pointer): number;
  luaL_checklstring(L: State, argument: number, length: Pointer): Pointer;
  luaL_checknumber(L: State, argument: number): number;
  luaL_checktype(L: State, argument: number, type: number): void;
  luaL_checkstack(L: State, extra: number, message: Pointer): void;
}

/** A place in the interpreter's memory. */
export type Pointer = number;
/** A lua_State: the main one or a coroutine's. */
export type State = number;

export function loadBinary(): Promise<WasmModule> {
  binary ??= compile();
  return binary;
}

let binary: Promise<WasmModule> | undefined;

async function compile(): Promise<WasmModule> {
  const require = createRequire(import.meta.url);
  const file = require.resolve('wasmoon-lua5.1/dist/liblua5.1.wasm');
  return wasm.compile(await readFile(file));
}

export interface Surroundings {
  /** Bytes that the interpreter's memory may grow to. */
  readonly memoryLimit: number;
  /** The memory has moved: views of it are to be made again. */
  onGrown(): void;
}

/** A fresh interpreter: synchronous, a few milliseconds. */
export function instantiate(module: WasmModule, surroundings: Surroundings): LuaExports {
  let lua: LuaExports;
  const called: Callee[] = [];
  const callee = (index: number): Callee => {
    const found = lua.__indirect_function_table.get(index) as Callee;
    called[index] = found;
    return found;
  };
  const env: Record<string, (...args: number[]) => number | undefined> = {
    environ_sizes_get(count, size) {
      new Uint32Array(lua.memory.buffer)[count! >>> 2] = 0;
      new Uint32Array(lua.memory.buffer)[size! >>> 2] = 0;
      return 0;
    },
    environ_get: () => 0,
    invoke_vii(index, a, b) {
      const stack = lua.stackSave();
      try {
        (called[index!] ?? callee(index!))(a!, b!);
      } catch (error) {
        if (error !== LONG_JUMP) throw error;
        lua.stackRestore(stack);
        lua.setThrew(1, 0);
      }
      return undefined;
    },
    _emscripten_throw_longjmp() {
      throw LONG_JUMP;
    },
    emscripten_memcpy_js(to, from, length) {
      new Uint8Array(lua.memory.buffer).copyWithin(to!, from!, from! + length!);
      return undefined;
    },
    emscripten_resize_heap(wanted) {
      if (!grow(lua.memory, wanted! >>> 0, surroundings.memoryLimit)) return 0;
      surroundings.onGrown();
      return 1;
    },
  };
  lua = new wasm.Instance(module, importsOf(module, env)).exports as unknown as LuaExports;
  lua.__wasm_call_ctors();
  return lua;
}

type Callee = (a: number, b: number) => void;

/** emscripten throws a number too; a number carries no stack trace, so errors in scripts stay cheap. */
const LONG_JUMP = Number.POSITIVE_INFINITY;
const PAGE = 65_536;

/** Grows by an eighth more than asked; a refusal becomes Lua's "not enough memory". */
function grow(memory: WasmMemory, wanted: number, limit: number): boolean {
  if (wanted > limit) return false;
  const size = Math.min(limit, wanted + (wanted >>> 3));
  try {
    memory.grow(Math.ceil((size - memory.buffer.byteLength) / PAGE));
    return true;
  } catch {
    return false;
  }
}

/** Everything else the C library asks for (files, clocks, processes) belongs to libraries that are never opened. */
function importsOf(module: WasmModule, env: Record<string, unknown>): WasmImports {
  const imports: Record<string, Record<string, unknown>> = {};
  for (const { module: from, name } of wasm.Module.imports(module)) {
    imports[from] ??= {};
    imports[from][name] = env[name] ?? (() => unavailable(name));
  }
  return imports;
}

function unavailable(name: string): never {
  throw new Error(`the Lua interpreter asked for ${name}, which scripts have no access to`);
}
