import { instantiate, type LuaExports, type Pointer, type State } from './lua-binary.js';
import { type WasmInstance, type WasmModule, wasm } from './web-assembly.js';

/**
 * One Lua state with what JavaScript needs to talk to it: text and bytes in and out, JavaScript functions as
 * C functions, errors. Strings cross as bytes; in JavaScript they are byte strings (latin1).
 *
 * A C function in JavaScript may call anything here; `error` and every call that may run out of memory leave
 * it by an exception that belongs to Lua, so such functions never catch what they do not know.
 */
export class LuaVm {
  readonly lua: LuaExports;
  /** The main state. */
  readonly main: State;
  /** The interpreter's memory; a new view after every growth, so it is never kept across a call. */
  heap!: Buffer;
  words!: Int32Array;
  private readonly lengthAt: Pointer;
  private readonly names = new Map<string, Pointer>();
  private scratch: Pointer;
  private scratchSize = SCRATCH_SIZE;

  constructor(module: WasmModule, memoryLimit: number) {
    this.lua = instantiate(module, { memoryLimit, onGrown: () => this.view() });
    this.view();
    this.lengthAt = this.lua.malloc(8);
    this.scratch = this.lua.malloc(SCRATCH_SIZE);
    this.main = this.lua.luaL_newstate();
  }

  /** A C string that lives as long as the state: names of fields and functions. */
  name(text: string): Pointer {
    const known = this.names.get(text);
    if (known !== undefined) return known;
    const at = this.lua.malloc(text.length + 1);
    this.heap.latin1Write(text, at);
    this.heap[at + text.length] = 0;
    this.names.set(text, at);
    return at;
  }

  /** Makes a JavaScript function callable from C; its index is what `pushFunction` takes. */
  define(callback: CFunction): number {
    return this.place(new wasm.Instance(cFunctionModule, { js: { f: callback } }));
  }

  defineHook(hook: (L: State, info: Pointer) => void): number {
    return this.place(new wasm.Instance(hookModule, { js: { f: hook } }));
  }

  /** The C function behind an index, to be called from a function that stands before it. */
  native(index: number): CFunction {
    return this.lua.__indirect_function_table.get(index) as CFunction;
  }

  pushFunction(L: State, callback: CFunction): void {
    this.lua.lua_pushcclosure(L, this.define(callback), 0);
  }

  /** Sets fields of the table on top of the stack. */
  setFunctions(L: State, functions: Readonly<Record<string, CFunction>>): void {
    for (const [name, callback] of Object.entries(functions)) {
      this.pushFunction(L, callback);
      this.lua.lua_setfield(L, -2, this.name(name));
    }
  }

  setNumbers(L: State, numbers: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(numbers)) {
      this.lua.lua_pushnumber(L, value);
      this.lua.lua_setfield(L, -2, this.name(name));
    }
  }

  setTexts(L: State, texts: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(texts)) {
      this.pushText(L, value);
      this.lua.lua_setfield(L, -2, this.name(name));
    }
  }

  pushText(L: State, text: string): void {
    const { length } = text;
    const at = this.room(length);
    if (length < 24) for (let i = 0; i < length; i++) this.heap[at + i] = text.charCodeAt(i);
    else this.heap.latin1Write(text, at);
    this.lua.lua_pushlstring(L, at, length);
  }

  pushBytes(L: State, bytes: Uint8Array): void {
    const { length } = bytes;
    const at = this.room(length);
    if (length < 48) for (let i = 0; i < length; i++) this.heap[at + i] = bytes[i]!;
    else this.heap.set(bytes, at);
    this.lua.lua_pushlstring(L, at, length);
  }

  /** Where a string (or a number, which becomes one) is; 0 when it is neither. Its length is `stringLength`. */
  stringAt(L: State, index: number): Pointer {
    return this.lua.lua_tolstring(L, index, this.lengthAt);
  }

  /** As `stringAt`, raising Lua's argument error when it is no string. */
  checkString(L: State, argument: number): Pointer {
    return this.lua.luaL_checklstring(L, argument, this.lengthAt);
  }

  get stringLength(): number {
    return this.words[this.lengthAt >> 2]! >>> 0;
  }

  text(L: State, index: number): string | undefined {
    const at = this.stringAt(L, index);
    return at === 0 ? undefined : this.heap.latin1Slice(at, at + this.stringLength);
  }

  /** A copy. */
  bytes(L: State, index: number): Buffer | undefined {
    const at = this.stringAt(L, index);
    if (at === 0) return undefined;
    const length = this.stringLength;
    const copy = Buffer.allocUnsafe(length);
    if (length < 48) for (let i = 0; i < length; i++) copy[i] = this.heap[at + i]!;
    else this.heap.copy(copy, 0, at, at + length);
    return copy;
  }

  cString(at: Pointer): string {
    return this.heap.latin1Slice(at, this.heap.indexOf(0, at));
  }

  typeName(L: State, index: number): string {
    return this.cString(this.lua.lua_typename(L, this.lua.lua_type(L, index)));
  }

  /** luaL_error: the message with the place in the script before it. */
  error(L: State, message: string): never {
    this.lua.luaL_where(L, 1);
    this.pushText(L, message);
    this.lua.lua_concat(L, 2);
    return this.raise(L);
  }

  /** Raises the value on top of the stack. */
  raise(L: State): never {
    this.lua.lua_error(L);
    throw new Error('lua_error returned');
  }

  argumentError(L: State, argument: number, message: string): never {
    this.pushText(L, `${message}\0`);
    this.lua.luaL_argerror(L, argument, this.stringAt(L, -1));
    throw new Error('luaL_argerror returned');
  }

  /** "number expected, got table" for an argument. */
  typeError(L: State, argument: number, expected: string): never {
    this.lua.luaL_typerror(L, argument, this.name(expected));
    throw new Error('luaL_typerror returned');
  }

  /** C's luaL_checkint: towards zero, modulo 2^32, as x86-64 does it. */
  checkInt(L: State, argument: number): number {
    return this.lua.luaL_checknumber(L, argument) | 0;
  }

  private room(length: number): Pointer {
    if (length > this.scratchSize) this.resizeScratch(length + (length >>> 1));
    return this.scratch;
  }

  /** Gives a large scratch area back; called between scripts. */
  trim(): void {
    if (this.scratchSize > SCRATCH_KEPT) this.resizeScratch(SCRATCH_SIZE);
  }

  private resizeScratch(size: number): void {
    this.lua.free(this.scratch);
    this.scratchSize = 0;
    this.scratch = this.lua.malloc(size);
    if (this.scratch === 0) throw new OutOfMemory('the Lua interpreter has no room for a string');
    this.scratchSize = size;
  }

  private view(): void {
    this.heap = Buffer.from(this.lua.memory.buffer);
    this.words = new Int32Array(this.lua.memory.buffer);
  }

  private place(instance: WasmInstance): number {
    const table = this.lua.__indirect_function_table;
    const index = table.grow(1);
    table.set(index, instance.exports['f']);
    return index;
  }
}

/** A lua_CFunction: arguments and results are on the stack of `L`; returns how many results there are. */
export type CFunction = (L: State) => number;

export class OutOfMemory extends Error {
  override readonly name = 'OutOfMemory';
}

export const LuaType = {
  none: -1,
  nil: 0,
  boolean: 1,
  lightUserdata: 2,
  number: 3,
  string: 4,
  table: 5,
  function: 6,
} as const;

/** Offsets in lua_Debug, and its size. */
export const INFO_EVENT = 0;
export const INFO_NAME = 4;
export const INFO_SOURCE = 16;
export const INFO_LINE = 20;
export const INFO_SIZE = 128;

export const REGISTRY = -10000;
export const GLOBALS = -10002;
export const MULTIPLE_RESULTS = -1;

export function upvalue(n: number): number {
  return GLOBALS - n;
}

const SCRATCH_SIZE = 64 * 1024;
const SCRATCH_KEPT = 1024 * 1024;

const I32 = 0x7f;
const cFunctionModule = reexporting([I32], [I32]);
const hookModule = reexporting([I32, I32], []);

/** A module that imports js.f and exports it again: how a JavaScript function gets a place in a table. */
function reexporting(parameters: readonly number[], results: readonly number[]): WasmModule {
  const type = [0x60, parameters.length, ...parameters, results.length, ...results];
  const bytes = [
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...[0x01, type.length + 1, 0x01, ...type],
    ...[0x02, 0x08, 0x01, 0x02, 0x6a, 0x73, 0x01, 0x66, 0x00, 0x00],
    ...[0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00],
  ];
  return new wasm.Module(new Uint8Array(bytes));
}
