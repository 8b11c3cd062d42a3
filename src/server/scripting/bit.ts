import type { State } from './lua-binary.js';
import { type CFunction, LuaType, type LuaVm } from './lua-vm.js';

/** LuaBitOp 1.0.2: operations on signed 32-bit numbers, as Redis has them in `bit`. */
export function bitFunctions(vm: LuaVm): Record<string, CFunction> {
  const { lua } = vm;

  const bits = (L: State, index: number): number => {
    const value = lua.lua_tonumber(L, index);
    if (value === 0 && lua.lua_isnumber(L, index) === 0) vm.typeError(L, index, 'number');
    return Number.isInteger(value) && Math.abs(value) < EXACT ? value | 0 : lowBits(value);
  };
  const give = (L: State, value: number): number => {
    lua.lua_pushnumber(L, value | 0);
    return 1;
  };
  const fold =
    (combine: (a: number, b: number) => number): CFunction =>
    (L) => {
      let result = bits(L, 1);
      for (let i = lua.lua_gettop(L); i > 1; i--) result = combine(result, bits(L, i));
      return give(L, result);
    };
  const shift =
    (move: (value: number, by: number) => number): CFunction =>
    (L) => {
      const value = bits(L, 1);
      return give(L, move(value, bits(L, 2) & 31));
    };

  return {
    tobit: (L) => give(L, bits(L, 1)),
    bnot: (L) => give(L, ~bits(L, 1)),
    band: fold((a, b) => a & b),
    bor: fold((a, b) => a | b),
    bxor: fold((a, b) => a ^ b),
    lshift: shift((value, by) => value << by),
    rshift: shift((value, by) => value >>> by),
    arshift: shift((value, by) => value >> by),
    rol: shift((value, by) => (value << by) | (value >>> (32 - by))),
    ror: shift((value, by) => (value << (32 - by)) | (value >>> by)),
    bswap(L) {
      const b = bits(L, 1);
      return give(L, (b >>> 24) | ((b >>> 8) & 0xff00) | ((b & 0xff00) << 8) | (b << 24));
    },
    tohex(L) {
      const b = bits(L, 1);
      const wanted = lua.lua_type(L, 2) === LuaType.none ? 8 : bits(L, 2);
      const count = Math.min(8, Math.abs(wanted));
      const hex = (b >>> 0)
        .toString(16)
        .padStart(8, '0')
        .slice(8 - count);
      vm.pushText(L, wanted < 0 ? hex.toUpperCase() : hex);
      return 1;
    },
  };
}

const EXACT = 2 ** 51;
const word = new DataView(new ArrayBuffer(8));

/** The library's own trick: adding 2^52 + 2^51 leaves the rounded integer in the low bits of the double. */
function lowBits(value: number): number {
  word.setFloat64(0, value + 6755399441055744);
  return word.getInt32(4);
}
