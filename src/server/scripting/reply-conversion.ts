import { BigNumber, Double, type Reply, ReplyError, VerbatimText } from '../../resp/reply.js';
import { CommandError, CountedError } from '../errors.js';
import { toInteger } from './c-numbers.js';
import type { State } from './lua-binary.js';
import { LuaType, type LuaVm } from './lua-vm.js';

/**
 * Replies to Lua values and back, as script_lua.c does it. A command's reply becomes a value for the script;
 * what the script returns becomes its reply, with RESP3's types kept: what RESP2 lacks is flattened by
 * whoever writes the reply.
 */
export class ReplyConversion {
  private depth = 0;

  constructor(private readonly vm: LuaVm) {}

  /** Pushes a command's reply. `resp` is the protocol the script has chosen: it decides what null is. */
  push(L: State, reply: Reply, resp: 2 | 3): void {
    const { vm } = this;
    const { lua } = vm;
    if (typeof reply === 'number') lua.lua_pushnumber(L, reply);
    else if (Buffer.isBuffer(reply)) vm.pushBytes(L, reply);
    else if (typeof reply === 'string') this.pushTagged(L, 'ok', () => vm.pushText(L, reply));
    else if (typeof reply === 'bigint') lua.lua_pushnumber(L, Number(reply));
    else if (typeof reply === 'boolean') lua.lua_pushboolean(L, reply ? 1 : 0);
    else if (reply !== null) this.pushObject(L, reply, resp);
    else if (resp === 3) lua.lua_pushnil(L);
    else lua.lua_pushboolean(L, 0);
  }

  private pushObject(L: State, reply: Exclude<Reply, null | Scalar>, resp: 2 | 3): void {
    const { vm } = this;
    const { lua } = vm;
    if (lua.lua_checkstack(L, 6) === 0) vm.error(L, 'too many nested replies');
    if (reply instanceof ReplyError) this.pushReplyError(L, reply.message);
    else if (Array.isArray(reply)) this.pushArray(L, reply, resp);
    else if (reply instanceof Double) this.pushTagged(L, 'double', () => lua.lua_pushnumber(L, reply.value));
    else if (reply instanceof BigNumber) this.pushTagged(L, 'big_number', () => vm.pushText(L, reply.digits));
    else if (reply instanceof VerbatimText) {
      this.pushTagged(L, 'verbatim_string', () => {
        lua.lua_createtable(L, 0, 0);
        vm.setTexts(L, { string: reply.text, format: reply.format });
      });
    } else if (reply instanceof Map) this.pushTagged(L, 'map', () => this.pushPairs(L, reply, resp));
    else if (reply instanceof Set) this.pushTagged(L, 'set', () => this.pushMembers(L, reply, resp));
  }

  private pushTagged(L: State, tag: string, pushValue: () => void): void {
    const { lua } = this.vm;
    lua.lua_createtable(L, 0, 1);
    pushValue();
    lua.lua_setfield(L, -2, this.vm.name(tag));
  }

  private pushArray(L: State, items: readonly Reply[], resp: 2 | 3): void {
    const { lua } = this.vm;
    lua.lua_createtable(L, items.length, 0);
    for (let i = 0; i < items.length; i++) {
      this.push(L, items[i]!, resp);
      lua.lua_rawseti(L, -2, i + 1);
    }
  }

  private pushPairs(L: State, pairs: ReadonlyMap<Reply, Reply>, resp: 2 | 3): void {
    const { lua } = this.vm;
    lua.lua_createtable(L, 0, 0);
    for (const [key, value] of pairs) {
      this.push(L, key, resp);
      this.push(L, value, resp);
      lua.lua_settable(L, -3);
    }
  }

  private pushMembers(L: State, members: ReadonlySet<Reply>, resp: 2 | 3): void {
    const { lua } = this.vm;
    lua.lua_createtable(L, 0, 0);
    for (const member of members) {
      this.push(L, member, resp);
      lua.lua_pushboolean(L, 1);
      lua.lua_settable(L, -3);
    }
  }

  /** A command's error, already counted by whoever ran the command. */
  private pushReplyError(L: State, message: string): void {
    const { lua } = this.vm;
    this.pushError(L, `-${message}`);
    lua.lua_pushboolean(L, 1);
    lua.lua_setfield(L, -2, this.vm.name(COUNTED));
  }

  /** The error that the table on top says. */
  errorOf(L: State, message: string): CommandError {
    const { lua } = this.vm;
    const text = withoutNewlines(message);
    if (!this.field(L, COUNTED, LuaType.boolean)) return new CommandError(text);
    const isCounted = lua.lua_toboolean(L, -1) !== 0;
    lua.lua_settop(L, -2);
    return isCounted ? new CountedError(text) : new CommandError(text);
  }

  /** A table with `err`: "-CODE text" is taken as it is, anything else gets the code ERR. */
  pushError(L: State, message: string): void {
    const { vm } = this;
    vm.lua.lua_createtable(L, 0, 1);
    vm.pushText(L, errorText(message));
    vm.lua.lua_setfield(L, -2, vm.name('err'));
  }

  /** Takes the value on top of the stack as the script's reply and pops it. */
  pop(L: State, resp: 2 | 3): Reply {
    const { lua } = this.vm;
    if (this.depth === MAX_DEPTH || lua.lua_checkstack(L, 4) === 0) {
      lua.lua_settop(L, -2);
      return new CommandError('ERR reached lua stack limit');
    }
    this.depth++;
    const reply = this.top(L, resp);
    this.depth--;
    lua.lua_settop(L, -2);
    return reply;
  }

  private top(L: State, resp: 2 | 3): Reply {
    const { lua } = this.vm;
    switch (lua.lua_type(L, -1)) {
      case LuaType.string:
        return this.vm.bytes(L, -1)!;
      case LuaType.number:
        return toInteger(lua.lua_tonumber(L, -1));
      case LuaType.boolean: {
        const isTrue = lua.lua_toboolean(L, -1) !== 0;
        if (resp === 3) return isTrue;
        return isTrue ? 1 : null;
      }
      case LuaType.table:
        return this.table(L, resp);
      default:
        return null;
    }
  }

  /** The fields are asked for in Redis's order; a table without any of them is an array up to the first nil. */
  private table(L: State, resp: 2 | 3): Reply {
    const { vm } = this;
    const { lua } = vm;
    if (this.field(L, 'err', LuaType.string)) {
      return this.errorOf(L, withoutLastNewlines(this.popText(L)));
    }
    if (this.field(L, 'ok', LuaType.string)) return withoutNewlines(this.popText(L));
    if (this.field(L, 'double', LuaType.number)) {
      const value = lua.lua_tonumber(L, -1);
      lua.lua_settop(L, -2);
      return new Double(value);
    }
    if (this.field(L, 'big_number', LuaType.string)) return new BigNumber(withoutNewlines(this.popText(L)));
    if (this.field(L, 'verbatim_string', LuaType.table)) {
      const verbatim = this.verbatim(L);
      if (verbatim !== undefined) return verbatim;
    }
    if (this.field(L, 'map', LuaType.table)) return this.map(L, resp);
    if (this.field(L, 'set', LuaType.table)) return this.set(L, resp);
    return this.array(L, resp);
  }

  /** Leaves the field on the stack when it has that type. */
  private field(L: State, name: string, type: number): boolean {
    const { lua } = this.vm;
    this.vm.pushText(L, name);
    lua.lua_rawget(L, -2);
    if (lua.lua_type(L, -1) === type) return true;
    lua.lua_settop(L, -2);
    return false;
  }

  private popText(L: State): string {
    const at = this.vm.stringAt(L, -1);
    const text = this.vm.cString(at);
    this.vm.lua.lua_settop(L, -2);
    return text;
  }

  private verbatim(L: State): VerbatimText | undefined {
    const { vm } = this;
    const { lua } = vm;
    const top = lua.lua_gettop(L);
    let verbatim: VerbatimText | undefined;
    if (this.field(L, 'format', LuaType.string)) {
      const format = this.popText(L).padEnd(3).slice(0, 3);
      if (this.field(L, 'string', LuaType.string)) verbatim = new VerbatimText(format, vm.text(L, -1)!);
    }
    lua.lua_settop(L, top - 1);
    return verbatim;
  }

  private map(L: State, resp: 2 | 3): Reply {
    const { lua } = this.vm;
    const map = new Map<Reply, Reply>();
    lua.lua_pushnil(L);
    while (lua.lua_next(L, -2) !== 0) {
      lua.lua_pushvalue(L, -2);
      const key = this.pop(L, resp);
      map.set(key, this.pop(L, resp));
    }
    lua.lua_settop(L, -2);
    return map;
  }

  private set(L: State, resp: 2 | 3): Reply {
    const { lua } = this.vm;
    const set = new Set<Reply>();
    lua.lua_pushnil(L);
    while (lua.lua_next(L, -2) !== 0) {
      lua.lua_settop(L, -2);
      lua.lua_pushvalue(L, -1);
      set.add(this.pop(L, resp));
    }
    lua.lua_settop(L, -2);
    return set;
  }

  private array(L: State, resp: 2 | 3): Reply {
    const { lua } = this.vm;
    const items: Reply[] = [];
    for (let i = 1; ; i++) {
      lua.lua_rawgeti(L, -1, i);
      if (lua.lua_type(L, -1) === LuaType.nil) break;
      items.push(this.pop(L, resp));
    }
    lua.lua_settop(L, -2);
    return items;
  }
}

/** Redis goes as deep as Lua's stack, almost 8000 tables; JavaScript's own stack would not bear that. */
const MAX_DEPTH = 1000;

const COUNTED = 'ignore_error_stats_update';

type Scalar = string | number | bigint | boolean | Buffer;

function errorText(message: string): string {
  if (!message.startsWith('-')) return `ERR ${trimNewlines(message)}`;
  const space = message.indexOf(' ');
  if (space === -1) return `ERR ${trimNewlines(message.slice(1))}`;
  return `${message.slice(1, space)} ${trimNewlines(message.slice(space + 1))}`;
}

function trimNewlines(text: string): string {
  return withoutLastNewlines(text.replace(/^[\r\n]+/, ''));
}

/** No pattern: it would be tried at each of many line ends within the text. */
function withoutLastNewlines(text: string): string {
  let end = text.length;
  while (end > 0 && isNewline(text, end - 1)) end--;
  return text.slice(0, end);
}

function isNewline(text: string, at: number): boolean {
  return text[at] === '\n' || text[at] === '\r';
}

export function withoutNewlines(text: string): string {
  return /[\r\n]/.test(text) ? text.replace(/[\r\n]/g, ' ') : text;
}
