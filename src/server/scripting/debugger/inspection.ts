import type { ByteString } from '../../../resp/args.js';
import type { Pointer, State } from '../lua-binary.js';
import { GLOBALS, type LuaVm } from '../lua-vm.js';
import { luaText } from './value-text.js';

/** Looks into a script that stands still, and runs pieces of code beside it. Leaves the stack as it was. */
export class Inspection {
  constructor(
    private readonly vm: LuaVm,
    /** Room for a lua_Debug. */
    private readonly info: Pointer,
  ) {}

  /** All local variables of where it stands. */
  locals(L: State): ByteString[] {
    const { vm, info } = this;
    const lines: ByteString[] = [];
    if (vm.lua.lua_getstack(L, 0, info) !== 0) {
      this.eachLocal(L, (name) => {
        if (!name.includes('(*temporary)')) lines.push(`<value> ${name} = ${luaText(vm, L)}`);
      });
    }
    return lines.length === 0 ? ['No local variables in the current context.'] : lines;
  }

  /** The nearest variable of the name, or KEYS and ARGV. */
  variable(L: State, wanted: ByteString): ByteString[] {
    const { vm, info } = this;
    const { lua } = vm;
    for (let level = 0; lua.lua_getstack(L, level, info) !== 0; level++) {
      let found: ByteString | undefined;
      this.eachLocal(L, (name) => {
        if (name === wanted) found ??= `<value> ${luaText(vm, L)}`;
      });
      if (found !== undefined) return [found];
    }
    if (wanted !== 'KEYS' && wanted !== 'ARGV') return ['No such variable.'];
    lua.lua_getfield(L, GLOBALS, vm.name(wanted));
    const text = luaText(vm, L);
    lua.lua_settop(L, -2);
    return [`<value> ${text}`];
  }

  /** As an expression, or else as statements. */
  evaluate(L: State, code: ByteString): ByteString {
    const { vm } = this;
    const { lua } = vm;
    const top = lua.lua_gettop(L);
    if (!this.compile(L, `return ${code}`)) {
      lua.lua_settop(L, top);
      if (!this.compile(L, code)) return this.failure(L, top);
    }
    if (lua.lua_pcall(L, 0, 1, 0) !== 0) return this.failure(L, top);
    const text = luaText(vm, L);
    lua.lua_settop(L, top);
    return `<retval> ${text}`;
  }

  /** redis.call, whatever comes of it. */
  call(L: State, words: readonly ByteString[]): void {
    const { vm } = this;
    const { lua } = vm;
    const top = lua.lua_gettop(L);
    if (lua.lua_checkstack(L, words.length + 2) === 0) return;
    lua.lua_getfield(L, GLOBALS, vm.name('redis'));
    lua.lua_getfield(L, -1, vm.name('call'));
    for (const word of words) vm.pushText(L, word);
    lua.lua_pcall(L, words.length, 1, 0);
    lua.lua_settop(L, top);
  }

  private compile(L: State, code: ByteString): boolean {
    const { vm } = this;
    vm.pushText(L, code);
    return vm.lua.luaL_loadbuffer(L, vm.stringAt(L, -1), code.length, vm.name('@ldb_eval')) === 0;
  }

  private failure(L: State, top: number): ByteString {
    const message = this.vm.text(L, -1) ?? '(null)';
    this.vm.lua.lua_settop(L, top);
    return `<error> ${message}`;
  }

  /** Each local of the level that `info` names, its value on top of the stack. */
  private eachLocal(L: State, visit: (name: ByteString) => void): void {
    const { vm, info } = this;
    const { lua } = vm;
    for (let n = 1; ; n++) {
      const name = lua.lua_getlocal(L, info, n);
      if (name === 0) return;
      visit(vm.cString(name));
      lua.lua_settop(L, -2);
    }
  }
}
