import { ByteBuilder } from './byte-builder.js';
import { toInt64 } from './c-numbers.js';
import type { Pointer, State } from './lua-binary.js';
import { type CFunction, LuaType, type LuaVm } from './lua-vm.js';
import { isNegativeNaN } from './struct.js';

/** lua-cmsgpack 0.4.0 as Redis builds it: MessagePack, tables nested deeper than 16 become nil. */
export function cmsgpackFunctions(vm: LuaVm): Record<string, CFunction> {
  const packer = new Packer(vm);
  const unpacker = new Unpacker(vm);
  const { lua } = vm;
  const integer = (L: State, argument: number): number => Number(toInt64(lua.luaL_checknumber(L, argument)));
  const offsetOf = (L: State, argument: number): number =>
    lua.lua_type(L, argument) <= LuaType.nil ? 0 : integer(L, argument);

  return {
    pack: (L) => packer.pack(L),
    unpack: (L) => unpacker.unpack(L, 0, 0),
    unpack_one(L) {
      const offset = offsetOf(L, 2);
      lua.lua_settop(L, 1);
      return unpacker.unpack(L, 1, offset);
    },
    unpack_limit(L) {
      const limit = integer(L, 2);
      const offset = offsetOf(L, 3);
      lua.lua_settop(L, 1);
      return unpacker.unpack(L, limit, offset);
    },
  };
}

class Packer {
  private readonly out = new ByteBuilder();
  constructor(private readonly vm: LuaVm) {}

  pack(L: State): number {
    const { lua } = this.vm;
    const count = lua.lua_gettop(L);
    if (count === 0) this.vm.argumentError(L, 0, 'MessagePack pack needs input.');
    if (lua.lua_checkstack(L, count) === 0) {
      this.vm.argumentError(L, 0, 'Too many arguments for MessagePack pack.');
    }
    this.out.clear();
    for (let i = 1; i <= count; i++) {
      lua.luaL_checkstack(L, 1, this.vm.name('in function mp_check'));
      lua.lua_pushvalue(L, i);
      this.value(L, 0);
    }
    this.vm.pushBytes(L, this.out.view());
    return 1;
  }

  /** Writes the value on top of the stack and pops it. */
  private value(L: State, level: number): void {
    const { vm, out } = this;
    const { lua } = vm;
    switch (lua.lua_type(L, -1)) {
      case LuaType.string: {
        const at = vm.stringAt(L, -1);
        const length = vm.stringLength;
        this.head(length, RAW);
        out.bytes(vm.heap, at, at + length);
        break;
      }
      case LuaType.boolean:
        out.byte(lua.lua_toboolean(L, -1) !== 0 ? 0xc3 : 0xc2);
        break;
      case LuaType.number:
        this.number(L, lua.lua_tonumber(L, -1));
        break;
      case LuaType.table:
        if (level === MAX_NESTING) out.byte(0xc0);
        else if (this.isArray(L)) this.array(L, level);
        else this.map(L, level);
        break;
      default:
        out.byte(0xc0);
    }
    lua.lua_settop(L, -2);
  }

  private head(length: number, kind: HeadKind): void {
    const { out } = this;
    if (length <= kind.fixLimit) out.byte(kind.fix | length);
    else if (kind.byte !== undefined && length <= 0xff) {
      out.byte(kind.byte);
      out.byte(length);
    } else if (length <= 0xffff) this.big(kind.short, length, 2);
    else this.big(kind.long, length, 4);
  }

  /** A type byte and a big-endian integer of `size` bytes. */
  private big(type: number, value: number, size: number): void {
    const { out } = this;
    out.byte(type);
    for (let i = size - 1; i >= 0; i--) out.byte(value >> (i * 8));
  }

  private number(L: State, value: number): void {
    if (Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63) this.integer(value);
    else this.float(L, value);
  }

  private integer(value: number): void {
    const { out } = this;
    if (value >= 0) {
      if (value <= 127) out.byte(value);
      else if (value <= 0xff) this.big(0xcc, value, 1);
      else if (value <= 0xffff) this.big(0xcd, value, 2);
      else if (value <= 0xffffffff) this.big(0xce, value, 4);
      else this.wide(0xcf, BigInt(value));
    } else if (value >= -32) out.byte(value & 0xff);
    else if (value >= -128) this.big(0xd0, value, 1);
    else if (value >= -32768) this.big(0xd1, value, 2);
    else if (value >= -2147483648) this.big(0xd2, value, 4);
    else this.wide(0xd3, BigInt(value));
  }

  private wide(type: number, value: bigint): void {
    word.setBigInt64(0, value);
    this.out.byte(type);
    this.out.bytes(wordBytes, 0, 8);
  }

  private float(L: State, value: number): void {
    const { out } = this;
    if (Math.fround(value) === value) {
      out.byte(0xca);
      word.setFloat32(0, value);
      out.bytes(wordBytes, 0, 4);
      return;
    }
    out.byte(0xcb);
    word.setFloat64(0, value);
    if (Number.isNaN(value)) word.setUint8(0, isNegativeNaN(this.vm, L, -1) ? 0xff : 0x7f);
    out.bytes(wordBytes, 0, 8);
  }

  /** Whether the keys are exactly 1 to N. */
  private isArray(L: State): boolean {
    const { lua } = this.vm;
    const top = lua.lua_gettop(L);
    let count = 0;
    let largest = 0;
    lua.luaL_checkstack(L, 2, this.vm.name('in function table_is_an_array'));
    lua.lua_pushnil(L);
    while (lua.lua_next(L, -2) !== 0) {
      lua.lua_settop(L, -2);
      const key = lua.lua_type(L, -1) === LuaType.number ? lua.lua_tonumber(L, -1) : 0;
      if (!(key > 0 && key <= 2147483647 && Number.isInteger(key))) {
        lua.lua_settop(L, top);
        return false;
      }
      if (key > largest) largest = key;
      count++;
    }
    lua.lua_settop(L, top);
    return count === largest;
  }

  private array(L: State, level: number): void {
    const { lua } = this.vm;
    const length = lua.lua_objlen(L, -1);
    this.head(length, ARRAY);
    lua.luaL_checkstack(L, 1, this.vm.name('in function mp_encode_lua_table_as_array'));
    for (let i = 1; i <= length; i++) {
      lua.lua_pushnumber(L, i);
      lua.lua_gettable(L, -2);
      this.value(L, level + 1);
    }
  }

  private map(L: State, level: number): void {
    const { lua } = this.vm;
    let count = 0;
    lua.luaL_checkstack(L, 3, this.vm.name('in function mp_encode_lua_table_as_map'));
    lua.lua_pushnil(L);
    while (lua.lua_next(L, -2) !== 0) {
      lua.lua_settop(L, -2);
      count++;
    }
    this.head(count, MAP);
    lua.lua_pushnil(L);
    while (lua.lua_next(L, -2) !== 0) {
      lua.lua_pushvalue(L, -2);
      this.value(L, level + 1);
      this.value(L, level + 1);
    }
  }
}

class Unpacker {
  private at: Pointer = 0;
  private end: Pointer = 0;
  constructor(private readonly vm: LuaVm) {}

  unpack(L: State, limit: number, offset: number): number {
    const { vm } = this;
    const all = limit === 0 && offset === 0;
    const start = vm.checkString(L, 1);
    const length = vm.stringLength;
    if (offset < 0 || limit < 0) {
      vm.error(L, `Invalid request to unpack with offset of ${offset | 0} and limit of ${length}.`);
    }
    if (offset > length) vm.error(L, `Start offset ${offset | 0} greater than input length ${length}.`);
    this.at = start + offset;
    this.end = start + length;
    let count = 0;
    for (const most = all ? 2147483647 : limit; this.at < this.end && count < most; count++) this.value(L);
    if (all) return count;
    vm.lua.luaL_checkstack(L, 1, vm.name('in function mp_unpack_full'));
    vm.lua.lua_pushnumber(L, this.at === this.end ? -1 : this.at - start);
    vm.lua.lua_insert(L, 2);
    return count + 1;
  }

  private value(L: State): void {
    this.need(L, 1);
    const { vm } = this;
    const { lua } = vm;
    lua.luaL_checkstack(L, 1, vm.name(TOO_MANY));
    const type = vm.heap[this.at]!;
    if (type <= 0x7f) this.push(L, type, 1);
    else if (type >= 0xe0) this.push(L, type - 256, 1);
    else if (type >= 0xa0 && type <= 0xbf) this.raw(L, 1, type & 0x1f);
    else if (type <= 0x8f) this.table(L, 1, type & 0x0f, 'map');
    else if (type <= 0x9f) this.table(L, 1, type & 0x0f, 'array');
    else this.typed(L, type);
  }

  private typed(L: State, type: number): void {
    const { lua } = this.vm;
    switch (type) {
      case 0xc0:
        lua.lua_pushnil(L);
        this.at++;
        return;
      case 0xc2:
      case 0xc3:
        lua.lua_pushboolean(L, type & 1);
        this.at++;
        return;
      case 0xca:
        this.push(L, this.wordOf(L, 4).getFloat32(0), 5);
        break;
      case 0xcb:
        this.push(L, this.wordOf(L, 8).getFloat64(0), 9);
        break;
      case 0xcc:
        this.push(L, this.wordOf(L, 1).getUint8(0), 2);
        break;
      case 0xcd:
        this.push(L, this.wordOf(L, 2).getUint16(0), 3);
        break;
      case 0xce:
        this.push(L, this.wordOf(L, 4).getUint32(0), 5);
        break;
      case 0xd0:
        this.push(L, this.wordOf(L, 1).getInt8(0), 2);
        break;
      case 0xd1:
        this.push(L, this.wordOf(L, 2).getInt16(0), 3);
        break;
      case 0xd2:
        this.push(L, this.wordOf(L, 4).getInt32(0), 5);
        break;
      case 0xcf: // pushed as a signed number, as Redis does
      case 0xd3:
        this.push(L, Number(this.wordOf(L, 8).getBigInt64(0)), 9);
        break;
      case 0xd9:
        this.raw(L, 2, this.wordOf(L, 1).getUint8(0));
        break;
      case 0xda:
        this.raw(L, 3, this.wordOf(L, 2).getUint16(0));
        break;
      case 0xdb:
        this.raw(L, 5, this.wordOf(L, 4).getUint32(0));
        break;
      case 0xdc:
        this.table(L, 3, this.wordOf(L, 2).getUint16(0), 'array');
        break;
      case 0xdd:
        this.table(L, 5, this.wordOf(L, 4).getUint32(0), 'array');
        break;
      case 0xde:
        this.table(L, 3, this.wordOf(L, 2).getUint16(0), 'map');
        break;
      case 0xdf:
        this.table(L, 5, this.wordOf(L, 4).getUint32(0), 'map');
        break;
      default:
        this.vm.error(L, 'Bad data format in input.');
    }
  }

  private push(L: State, value: number, consumed: number): void {
    this.vm.lua.lua_pushnumber(L, value);
    this.at += consumed;
  }

  private raw(L: State, head: number, length: number): void {
    this.need(L, head + length);
    this.vm.lua.lua_pushlstring(L, this.at + head, length);
    this.at += head + length;
  }

  private table(L: State, head: number, length: number, kind: 'array' | 'map'): void {
    const { lua } = this.vm;
    this.at += head;
    lua.lua_createtable(L, 0, 0);
    lua.luaL_checkstack(L, 1, this.vm.name('in function mp_decode_to_lua_array'));
    for (let i = 1; i <= length; i++) {
      if (kind === 'array') lua.lua_pushnumber(L, i);
      else this.value(L);
      this.value(L);
      lua.lua_settable(L, -3);
    }
  }

  /** The `size` bytes after the type byte. */
  private wordOf(L: State, size: number): DataView {
    this.need(L, size + 1);
    for (let i = 0; i < size; i++) wordBytes[i] = this.vm.heap[this.at + 1 + i]!;
    return word;
  }

  private need(L: State, size: number): void {
    if (this.end - this.at < size) this.vm.error(L, 'Missing bytes in input.');
  }
}

interface HeadKind {
  readonly fix: number;
  readonly fixLimit: number;
  /** For lengths up to 255, where the format has such a head. */
  readonly byte?: number;
  readonly short: number;
  readonly long: number;
}

const RAW: HeadKind = { fix: 0xa0, fixLimit: 31, byte: 0xd9, short: 0xda, long: 0xdb };
const ARRAY: HeadKind = { fix: 0x90, fixLimit: 15, short: 0xdc, long: 0xdd };
const MAP: HeadKind = { fix: 0x80, fixLimit: 15, short: 0xde, long: 0xdf };
const MAX_NESTING = 16;
const TOO_MANY = 'too many return values at once; use unpack_one or unpack_limit instead.';
const word = new DataView(new ArrayBuffer(8));
const wordBytes = new Uint8Array(word.buffer);
