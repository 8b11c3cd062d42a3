import { ByteBuilder } from './byte-builder.js';
import { toInt64, toUint64 } from './c-numbers.js';
import type { State } from './lua-binary.js';
import { type CFunction, LuaType, type LuaVm } from './lua-vm.js';

/** Roberto Ierusalimschy's `struct` 0.2 as Redis builds it on a 64-bit little-endian machine. */
export function structFunctions(vm: LuaVm): Record<string, CFunction> {
  const { lua } = vm;
  const out = new ByteBuilder();

  function format(L: State): Format {
    const at = vm.checkString(L, 1);
    return new Format(vm, L, vm.cString(at));
  }

  function pack(L: State): number {
    const fmt = format(L);
    out.clear();
    lua.lua_pushnil(L); // as Redis's version does: a missing argument is told as nil
    let argument = 2;
    for (let item = fmt.next(); item !== undefined; item = fmt.next()) {
      out.zeros(fmt.padding(out.length));
      switch (item) {
        case 'x':
          out.byte(0);
          break;
        case 'f':
        case 'd':
          packFloat(L, argument++, fmt);
          break;
        case 'c':
        case 's': {
          const start = vm.checkString(L, argument++);
          const length = vm.stringLength;
          if (fmt.size === 0) fmt.size = length;
          if (length < fmt.size) vm.argumentError(L, argument, 'string too short');
          out.bytes(vm.heap, start, start + fmt.size);
          if (item === 's') out.byte(0);
          break;
        }
        default:
          if (INTEGERS.includes(item)) packInteger(L, argument++, fmt);
          else fmt.control(item);
      }
    }
    vm.pushBytes(L, out.view());
    return 1;
  }

  function packInteger(L: State, argument: number, fmt: Format): void {
    const number = lua.luaL_checknumber(L, argument);
    let value = number < 0 ? BigInt.asUintN(64, toInt64(number)) : toUint64(number);
    const { size } = fmt;
    out.reserve(size);
    for (let i = 0; i < size; i++) {
      out.buffer[out.length + (fmt.bigEndian ? size - 1 - i : i)] = Number(value & 0xffn);
      value >>= 8n;
    }
    out.length += size;
  }

  function packFloat(L: State, argument: number, fmt: Format): void {
    const value = lua.luaL_checknumber(L, argument);
    word.setFloat64(0, value);
    if (Number.isNaN(value)) word.setUint8(0, isNegativeNaN(vm, L, argument) ? 0xff : 0x7f);
    if (fmt.size === 4) {
      const sign = word.getUint8(0) & 0x80;
      word.setFloat32(0, value);
      if (Number.isNaN(value)) word.setUint8(0, sign | 0x7f);
    }
    for (let i = 0; i < fmt.size; i++) out.byte(word.getUint8(fmt.bigEndian ? i : fmt.size - 1 - i));
  }

  function unpack(L: State): number {
    const fmt = format(L);
    const start = vm.checkString(L, 2);
    const length = vm.stringLength;
    let at = position(L) - 1;
    let count = 0;
    for (let item = fmt.next(); item !== undefined; item = fmt.next()) {
      at += fmt.padding(at);
      if (fmt.size > length || at > length - fmt.size) vm.argumentError(L, 2, 'data string too short');
      lua.luaL_checkstack(L, 2, vm.name('too many results'));
      switch (item) {
        case 'x':
          break;
        case 'f':
        case 'd':
          lua.lua_pushnumber(L, readFloat(start + at, fmt));
          count++;
          break;
        case 'c':
          if (fmt.size === 0) {
            fmt.size = precedingSize(L, count);
            count--;
            if (fmt.size > length || at > length - fmt.size) vm.argumentError(L, 2, 'data string too short');
          }
          lua.lua_pushlstring(L, start + at, fmt.size);
          count++;
          break;
        case 's': {
          const end = vm.heap.subarray(start + at, start + length).indexOf(0);
          if (end === -1) vm.error(L, 'unfinished string in data');
          lua.lua_pushlstring(L, start + at, end);
          fmt.size = end + 1;
          count++;
          break;
        }
        default:
          if (INTEGERS.includes(item)) {
            lua.lua_pushnumber(L, readInteger(start + at, fmt, item === item.toLowerCase()));
            count++;
          } else fmt.control(item);
      }
      at += fmt.size;
    }
    lua.lua_pushnumber(L, at + 1);
    return count + 1;
  }

  function position(L: State): number {
    if (lua.lua_type(L, 3) <= LuaType.nil) return 1;
    const at = Number(toInt64(lua.luaL_checknumber(L, 3)));
    if (at === 0) vm.argumentError(L, 3, 'offset must be 1 or greater');
    return at < 0 ? 2 ** 64 + at : at;
  }

  /** Format 'c0' takes the number unpacked just before as its size. */
  function precedingSize(L: State, count: number): number {
    if (count === 0 || lua.lua_isnumber(L, -1) === 0) vm.error(L, "format 'c0' needs a previous size");
    const size = Number(toUint64(lua.lua_tonumber(L, -1)));
    lua.lua_settop(L, -2);
    return size;
  }

  function readInteger(at: number, fmt: Format, signed: boolean): number {
    let value = 0n;
    const { size } = fmt;
    for (let i = 0; i < size; i++) {
      value = (value << 8n) | BigInt(vm.heap[at + (fmt.bigEndian ? i : size - 1 - i)]!);
    }
    value = BigInt.asUintN(64, value);
    if (!signed) return Number(value);
    const mask = BigInt.asUintN(64, -1n << BigInt((size * 8 - 1) & 63));
    return Number(BigInt.asIntN(64, (value & mask) !== 0n ? value | mask : value));
  }

  function readFloat(at: number, fmt: Format): number {
    for (let i = 0; i < fmt.size; i++) word.setUint8(fmt.bigEndian ? i : fmt.size - 1 - i, vm.heap[at + i]!);
    return fmt.size === 4 ? word.getFloat32(0) : word.getFloat64(0);
  }

  function size(L: State): number {
    const fmt = format(L);
    let total = 0;
    for (let item = fmt.next(); item !== undefined; item = fmt.next()) {
      total += fmt.padding(total);
      if (item === 's') vm.argumentError(L, 1, "option 's' has no fixed size");
      if (item === 'c' && fmt.size === 0) vm.argumentError(L, 1, "option 'c0' has no fixed size");
      if (!/[a-z0-9]/i.test(item)) fmt.control(item);
      total += fmt.size;
    }
    lua.lua_pushnumber(L, total);
    return 1;
  }

  return { pack, unpack, size };
}

/** Reads a format item by item; `size` is the size of the item just read. */
class Format {
  bigEndian = false;
  size = 0;
  private alignment = 1;
  private at = 0;
  private item = '';

  constructor(
    private readonly vm: LuaVm,
    private readonly L: State,
    private readonly text: string,
  ) {}

  next(): string | undefined {
    const item = this.text[this.at++];
    if (item === undefined) return undefined;
    this.item = item;
    this.size = this.sizeOf(item);
    return item;
  }

  private sizeOf(item: string): number {
    switch (item) {
      case 'c':
        return this.number(1);
      case 'i':
      case 'I': {
        const size = this.number(4);
        if (size > LARGEST_INTEGER) {
          this.vm.error(this.L, `integral size ${size} is larger than limit of ${LARGEST_INTEGER}`);
        }
        return size;
      }
      default:
        return SIZES[item] ?? 0;
    }
  }

  /** Zeros needed before the item, so that it is aligned. */
  padding(position: number): number {
    if (this.size === 0 || this.item === 'c') return 0;
    const size = Math.min(this.size, this.alignment);
    return (size - (position & (size - 1))) & (size - 1);
  }

  control(item: string): void {
    switch (item) {
      case ' ':
        return;
      case '>':
        this.bigEndian = true;
        return;
      case '<':
        this.bigEndian = false;
        return;
      case '!': {
        const alignment = this.number(8);
        if (alignment <= 0 || (alignment & (alignment - 1)) !== 0) {
          this.vm.error(this.L, `alignment ${alignment} is not a power of 2`);
        }
        this.alignment = alignment;
        return;
      }
      default:
        this.vm.argumentError(this.L, 1, `invalid format option '${item}'`);
    }
  }

  private number(fallback: number): number {
    const digits = /^[0-9]+/.exec(this.text.slice(this.at))?.[0];
    if (digits === undefined) return fallback;
    const value = Number(digits);
    if (value > 2147483647) this.vm.error(this.L, 'integral size overflow');
    this.at += digits.length;
    return value;
  }
}

/** JavaScript may lose a NaN's sign; Lua's own text of the number still has it. */
export function isNegativeNaN(vm: LuaVm, L: State, index: number): boolean {
  vm.lua.lua_pushvalue(L, index);
  const negative = vm.text(L, -1) === '-nan';
  vm.lua.lua_settop(L, -2);
  return negative;
}

const INTEGERS = 'bBhHlLTiI';
const LARGEST_INTEGER = 32;
const SIZES: Readonly<Record<string, number>> = { b: 1, B: 1, h: 2, H: 2, l: 8, L: 8, T: 8, f: 4, d: 8, x: 1 };
const word = new DataView(new ArrayBuffer(8));
