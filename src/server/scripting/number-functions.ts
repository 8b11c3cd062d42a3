import { toInt64, toUint64 } from './c-numbers.js';
import type { State } from './lua-binary.js';
import { type CFunction, LuaType, type LuaVm } from './lua-vm.js';

/**
 * Where C's `long` shows in Lua: string.format's integers and tonumber with a base. It has 32 bits in
 * WebAssembly and 64 in Redis, so larger numbers are converted here and the rest is left to Lua.
 */
export function numberFunctions(vm: LuaVm): Record<'format' | 'tonumber', (native: CFunction) => CFunction> {
  return {
    format: (native) => (L) => {
      if (formatsLongs(vm, L)) rewriteFormat(vm, L);
      return native(L);
    },
    tonumber: (native) => (L) => {
      const isPlain = vm.lua.lua_gettop(L) < 2 || vm.lua.lua_type(L, 2) !== LuaType.number;
      return isPlain ? native(L) : withBase(vm, L, native);
    },
  };
}

/** Whether any number among the arguments needs more than 31 bits, and some item of the format is an integer. */
function formatsLongs(vm: LuaVm, L: State): boolean {
  const { lua } = vm;
  for (let i = lua.lua_gettop(L); i > 1; i--) {
    const type = lua.lua_type(L, i);
    if (type === LuaType.number || (type === LuaType.string && lua.lua_isnumber(L, i) !== 0)) {
      const value = lua.lua_tonumber(L, i);
      if (!(value >= 0 && value < 2 ** 31)) return true;
    }
  }
  return false;
}

/** Formats the integers itself, which leaves %s in their place. */
function rewriteFormat(vm: LuaVm, L: State): void {
  const { lua } = vm;
  const format = vm.text(L, 1);
  if (format === undefined) return;
  let argument = 1;
  const rewritten = format.replace(
    ITEM,
    (item: string, flags: string, width: string, precision: string, kind: string) => {
      if (kind === '%') return item;
      argument++;
      if (!INTEGER_KINDS.includes(kind) || !isInteger(vm, L, argument) || flags.length > 5) return item;
      const text = formatInteger(lua.lua_tonumber(L, argument), flags, Number(width), precision, kind);
      vm.pushText(L, text);
      lua.lua_replace(L, argument);
      return '%s';
    },
  );
  vm.pushText(L, rewritten);
  lua.lua_replace(L, 1);
}

function isInteger(vm: LuaVm, L: State, argument: number): boolean {
  return argument <= vm.lua.lua_gettop(L) && vm.lua.lua_isnumber(L, argument) !== 0;
}

function formatInteger(value: number, flags: string, width: number, precision: string, kind: string): string {
  const signed = kind === 'd' || kind === 'i';
  const integer = signed ? toInt64(value) : toUint64(value);
  const base = kind === 'o' ? 8 : kind === 'x' || kind === 'X' ? 16 : 10;
  let digits = (integer < 0n ? -integer : integer).toString(base);
  if (precision !== '')
    digits = integer === 0n && Number(precision.slice(1)) === 0 ? '' : digits.padStart(Number(precision.slice(1)), '0');
  const prefix = signed ? signOf(integer, flags) : alternate(digits, flags, base);
  const zeros = flags.includes('0') && !flags.includes('-') && precision === '';
  if (zeros) digits = digits.padStart(width - prefix.length, '0');
  const text = kind === 'X' ? (prefix + digits).toUpperCase() : prefix + digits;
  return flags.includes('-') ? text.padEnd(width) : text.padStart(width);
}

function signOf(integer: bigint, flags: string): string {
  if (integer < 0n) return '-';
  if (flags.includes('+')) return '+';
  return flags.includes(' ') ? ' ' : '';
}

function alternate(digits: string, flags: string, base: number): string {
  if (!flags.includes('#')) return '';
  if (base === 16) return /^0*$/.test(digits) ? '' : '0x';
  return base === 8 && !digits.startsWith('0') ? '0' : '';
}

/** strtoul of 64 bits: what does not fit becomes the largest number, a minus sign wraps. */
function withBase(vm: LuaVm, L: State, native: CFunction): number {
  const { lua } = vm;
  const base = Math.trunc(lua.lua_tonumber(L, 2));
  if (base === 10 || base < 2 || base > 36 || lua.lua_isstring(L, 1) === 0) return native(L);
  const text = vm.text(L, 1)!;
  const match = /^[ \t\n\v\f\r]*([+-]?)(?:0x)?([0-9a-z]+)[ \t\n\v\f\r]*$/i.exec(text);
  if (match === null || (match[2]!.length < SHORT_DIGITS && match[1] !== '-')) return native(L);
  const value = parseDigits(match[2]!.toLowerCase(), base);
  if (value === undefined) return native(L);
  const clamped = value > LARGEST ? LARGEST : match[1] === '-' ? BigInt.asUintN(64, -value) : value;
  lua.lua_pushnumber(L, Number(clamped));
  return 1;
}

function parseDigits(digits: string, base: number): bigint | undefined {
  let value = 0n;
  for (const digit of digits) {
    const worth = Number.parseInt(digit, 36);
    if (worth >= base) return undefined;
    value = value * BigInt(base) + BigInt(worth);
  }
  return value;
}

const ITEM = /%([-+ #0]*)(\d{0,2})((?:\.\d{0,2})?)(.)/gs;
const INTEGER_KINDS = 'diouxX';
const LARGEST = 2n ** 64n - 1n;
/** Fewer digits than this fit into 32 bits in every base. */
const SHORT_DIGITS = 7;
