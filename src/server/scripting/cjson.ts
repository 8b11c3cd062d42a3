import { ByteBuilder } from './byte-builder.js';
import { formatG } from './c-numbers.js';
import { Decoding } from './cjson-decoding.js';
import { SHORT_ESCAPES } from './cjson-escapes.js';
import type { Pointer, State } from './lua-binary.js';
import { type CFunction, LuaType, type LuaVm, upvalue } from './lua-vm.js';

/**
 * lua-cjson 2.1.0 as Redis builds it: settings are per module table and survive the script, `/` is escaped,
 * an empty table is an object, NUL ends the text. Numbers may be anything C's strtod reads unless
 * decode_invalid_numbers is off.
 */
export function pushCjson(vm: LuaVm, L: State): void {
  new Cjson(vm).pushModule(L);
}

class Cjson {
  private readonly out = new ByteBuilder();
  private readonly decoded = new ByteBuilder();
  private readonly functions: ReadonlyArray<readonly [string, number]>;

  private readonly settings: Settings;

  constructor(private readonly vm: LuaVm) {
    const define = (name: string, callback: CFunction) => [name, vm.define(callback)] as const;
    const settings = new Settings(vm);
    this.settings = settings;
    this.functions = [
      define('encode', (L) => this.encode(L)),
      define('decode', (L) => this.decode(L)),
      define('encode_sparse_array', (L) => {
        settings.start(L, 3);
        settings.flag(L, 1, Setting.sparseConvert);
        settings.integer(L, 2, Setting.sparseRatio, 0, INT_MAX);
        settings.integer(L, 3, Setting.sparseSafe, 0, INT_MAX);
        return 3;
      }),
      define('encode_max_depth', (L) => settings.oneInteger(L, Setting.encodeMaxDepth, 1, INT_MAX)),
      define('decode_max_depth', (L) => settings.oneInteger(L, Setting.decodeMaxDepth, 1, INT_MAX)),
      define('encode_number_precision', (L) => settings.oneInteger(L, Setting.precision, 1, 14)),
      define('encode_keep_buffer', (L) => settings.oneFlag(L, Setting.keepBuffer, ON_OFF)),
      define('encode_invalid_numbers', (L) => settings.oneFlag(L, Setting.encodeInvalid, ON_OFF_NULL)),
      define('decode_invalid_numbers', (L) => settings.oneFlag(L, Setting.decodeInvalid, ON_OFF)),
      define('new', (L) => {
        this.pushModule(L);
        return 1;
      }),
    ];
  }

  pushModule(L: State): void {
    const { vm } = this;
    const { lua } = vm;
    lua.lua_createtable(L, 0, 0);
    this.settings.pushDefaults(L);
    for (const [name, index] of this.functions) {
      lua.lua_pushvalue(L, -1);
      lua.lua_pushcclosure(L, index, 1);
      lua.lua_setfield(L, -3, vm.name(name));
    }
    lua.lua_settop(L, -2);
    lua.lua_pushlightuserdata(L, 0);
    lua.lua_setfield(L, -2, vm.name('null'));
    vm.setTexts(L, { _NAME: 'cjson', _VERSION: '2.1.0' });
  }

  private encode(L: State): number {
    const { vm, out } = this;
    if (vm.lua.lua_gettop(L) !== 1) vm.argumentError(L, 1, 'expected 1 argument');
    out.clear();
    this.value(L, this.settings.at(L), 0);
    vm.pushBytes(L, out.view());
    return 1;
  }

  private value(L: State, settings: Pointer, depth: number): void {
    const { lua } = this.vm;
    switch (lua.lua_type(L, -1)) {
      case LuaType.string:
        this.string(L, -1);
        break;
      case LuaType.number:
        this.number(L, settings, -1);
        break;
      case LuaType.boolean:
        this.out.text(lua.lua_toboolean(L, -1) !== 0 ? 'true' : 'false');
        break;
      case LuaType.table:
        this.table(L, settings, depth + 1);
        break;
      case LuaType.nil:
        this.out.text('null');
        break;
      case LuaType.lightUserdata:
        if (lua.lua_touserdata(L, -1) !== 0) this.refuse(L, -1, 'type not supported');
        this.out.text('null');
        break;
      default:
        this.refuse(L, -1, 'type not supported');
        break;
    }
  }

  private refuse(L: State, index: number, reason: string): never {
    this.vm.error(L, `Cannot serialise ${this.vm.typeName(L, index)}: ${reason}`);
  }

  private table(L: State, settings: Pointer, depth: number): void {
    const { vm } = this;
    if (depth > this.settings.get(settings, Setting.encodeMaxDepth) || vm.lua.lua_checkstack(L, 3) === 0) {
      vm.error(L, `Cannot serialise, excessive nesting (${depth})`);
    }
    const length = this.arrayLength(L, settings);
    if (length > 0) this.array(L, settings, depth, length);
    else this.object(L, settings, depth);
  }

  /** The largest index of a table that has nothing but indexes; -1 for an object. */
  private arrayLength(L: State, settings: Pointer): number {
    const { lua } = this.vm;
    let largest = 0;
    let items = 0;
    lua.lua_pushnil(L);
    while (lua.lua_next(L, -2) !== 0) {
      const key = lua.lua_type(L, -2) === LuaType.number ? lua.lua_tonumber(L, -2) : 0;
      if (!(key >= 1 && Math.floor(key) === key)) {
        lua.lua_settop(L, -3);
        return -1;
      }
      if (key > largest) largest = toInt(key);
      items++;
      lua.lua_settop(L, -2);
    }
    const ratio = this.settings.get(settings, Setting.sparseRatio);
    const isSparse =
      ratio > 0 && largest > toInt(items * ratio) && largest > this.settings.get(settings, Setting.sparseSafe);
    if (!isSparse) return largest;
    if (this.settings.get(settings, Setting.sparseConvert) === 0) this.refuse(L, -1, 'excessively sparse array');
    return -1;
  }

  private array(L: State, settings: Pointer, depth: number, length: number): void {
    const { lua } = this.vm;
    this.out.byte(0x5b);
    for (let i = 1; i <= length; i++) {
      if (i > 1) this.out.byte(0x2c);
      lua.lua_rawgeti(L, -1, i);
      this.value(L, settings, depth);
      lua.lua_settop(L, -2);
    }
    this.out.byte(0x5d);
  }

  private object(L: State, settings: Pointer, depth: number): void {
    const { vm, out } = this;
    const { lua } = vm;
    out.byte(0x7b);
    let first = true;
    lua.lua_pushnil(L);
    while (lua.lua_next(L, -2) !== 0) {
      if (!first) out.byte(0x2c);
      first = false;
      const type = lua.lua_type(L, -2);
      if (type === LuaType.number) {
        out.byte(0x22);
        this.number(L, settings, -2);
        out.text('":');
      } else if (type === LuaType.string) {
        this.string(L, -2);
        out.byte(0x3a);
      } else this.refuse(L, -2, 'table key must be a number or string');
      this.value(L, settings, depth);
      lua.lua_settop(L, -2);
    }
    out.byte(0x7d);
  }

  private number(L: State, settings: Pointer, index: number): void {
    const value = this.vm.lua.lua_tonumber(L, index);
    if (Number.isFinite(value)) {
      this.out.text(formatG(value, this.settings.get(settings, Setting.precision)));
      return;
    }
    const mode = this.settings.get(settings, Setting.encodeInvalid);
    if (mode === 0) this.refuse(L, index, 'must not be NaN or Inf');
    if (mode === 2) this.out.text('null');
    else if (Number.isNaN(value)) this.out.text('nan');
    else this.out.text(value > 0 ? 'inf' : '-inf');
  }

  private string(L: State, index: number): void {
    const { vm, out } = this;
    const start = vm.stringAt(L, index);
    const end = start + vm.stringLength;
    const { heap } = vm;
    out.byte(0x22);
    let plain = start;
    for (let i = start; i < end; i++) {
      const escaped = ESCAPES[heap[i]!];
      if (escaped === undefined) continue;
      if (plain < i) out.bytes(heap, plain, i);
      out.text(escaped);
      plain = i + 1;
    }
    if (plain < end) out.bytes(heap, plain, end);
    out.byte(0x22);
  }

  private decode(L: State): number {
    const { vm } = this;
    if (vm.lua.lua_gettop(L) !== 1) vm.argumentError(L, 1, 'expected 1 argument');
    const start = vm.checkString(L, 1);
    const length = vm.stringLength;
    if (length >= 2 && (vm.heap[start] === 0 || vm.heap[start + 1] === 0)) {
      vm.error(L, 'JSON parser does not support UTF-16 or UTF-32');
    }
    const at = this.settings.at(L);
    const invalidNumbers = this.settings.get(at, Setting.decodeInvalid) !== 0;
    const maxDepth = this.settings.get(at, Setting.decodeMaxDepth);
    new Decoding(vm, L, start, this.decoded, invalidNumbers, maxDepth).run();
    return 1;
  }
}

/** C's conversion of a double index to int. */
function toInt(value: number): number {
  return value > INT_MAX ? -INT_MAX - 1 : value;
}

const Setting = {
  sparseConvert: 0,
  sparseRatio: 1,
  sparseSafe: 2,
  encodeMaxDepth: 3,
  decodeMaxDepth: 4,
  encodeInvalid: 5,
  decodeInvalid: 6,
  keepBuffer: 7,
  precision: 8,
} as const;
const DEFAULTS = [0, 2, 10, 1000, 1000, 0, 1, 1, 14];

/** A module's settings: integers in a userdata that its functions share as their upvalue. */
class Settings {
  constructor(private readonly vm: LuaVm) {}

  pushDefaults(L: State): void {
    const at = this.vm.lua.lua_newuserdata(L, DEFAULTS.length * 4);
    for (const [i, value] of DEFAULTS.entries()) this.set(at, i, value);
  }

  at(L: State): Pointer {
    return this.vm.lua.lua_touserdata(L, upvalue(1));
  }

  get(at: Pointer, setting: number): number {
    return this.vm.words[(at >> 2) + setting]!;
  }

  private set(at: Pointer, setting: number, value: number): void {
    this.vm.words[(at >> 2) + setting] = value;
  }

  /** At most `count` arguments, missing ones are nil. */
  start(L: State, count: number): void {
    if (this.vm.lua.lua_gettop(L) > count) this.vm.argumentError(L, count + 1, 'found too many arguments');
    this.vm.lua.lua_settop(L, count);
  }

  oneInteger(L: State, setting: number, least: number, most: number): number {
    this.start(L, 1);
    return this.integer(L, 1, setting, least, most);
  }

  oneFlag(L: State, setting: number, options: readonly string[]): number {
    this.start(L, 1);
    return this.flag(L, 1, setting, options);
  }

  integer(L: State, argument: number, setting: number, least: number, most: number): number {
    const { vm } = this;
    if (vm.lua.lua_type(L, argument) !== LuaType.nil) {
      const value = vm.checkInt(L, argument);
      if (value < least || value > most) {
        vm.argumentError(L, 1, `expected integer between ${least} and ${most}`);
      }
      this.set(this.at(L), setting, value);
    }
    vm.lua.lua_pushnumber(L, this.get(this.at(L), setting));
    return 1;
  }

  /** true and false, or a word of the options; given back the same way. */
  flag(L: State, argument: number, setting: number, options: readonly string[] = ON_OFF): number {
    const { vm } = this;
    const type = vm.lua.lua_type(L, argument);
    if (type === LuaType.boolean) this.set(this.at(L), setting, vm.lua.lua_toboolean(L, argument));
    else if (type !== LuaType.nil) {
      const at = vm.checkString(L, argument);
      const word = vm.cString(at);
      const index = options.indexOf(word);
      if (index === -1) vm.argumentError(L, argument, `invalid option '${word}'`);
      this.set(this.at(L), setting, index);
    }
    const value = this.get(this.at(L), setting);
    if (value <= 1) vm.lua.lua_pushboolean(L, value);
    else vm.pushText(L, options[value]!);
    return 1;
  }
}

const ON_OFF = ['off', 'on'];
const ON_OFF_NULL = ['off', 'on', 'null'];
const INT_MAX = 2147483647;
const ESCAPES: ReadonlyArray<string | undefined> = Array.from({ length: 256 }, (_, code) => {
  const short = SHORT_ESCAPES.find(([byte]) => byte === code);
  if (short !== undefined) return `\\${short[1]}`;
  return code < 0x20 || code === 0x7f ? `\\u${code.toString(16).padStart(4, '0')}` : undefined;
});
