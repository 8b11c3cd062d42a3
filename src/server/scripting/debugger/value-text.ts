import type { ByteString } from '../../../resp/args.js';
import { Double, type Reply, ReplyError, VerbatimText } from '../../../resp/reply.js';
import { formatDouble } from '../../../resp/writer.js';
import { quoted } from '../../quoted.js';
import { formatG } from '../c-numbers.js';
import type { State } from '../lua-binary.js';
import { LuaType, type LuaVm } from '../lua-vm.js';

/** Values as the debugger prints them, in Redis's notation. */

/** The Lua value on top of the stack, which stays there. */
export function luaText(vm: LuaVm, L: State, depth = 0): ByteString {
  const { lua } = vm;
  if (depth === MAX_DEPTH) return '<max recursion level reached! Nested table?>';
  const type = lua.lua_type(L, -1);
  switch (type) {
    case LuaType.string:
      return quoted(vm.text(L, -1)!);
    case LuaType.boolean:
      return lua.lua_toboolean(L, -1) === 0 ? 'false' : 'true';
    case LuaType.number:
      return numberText(lua.lua_tonumber(L, -1));
    case LuaType.nil:
      return 'nil';
    case LuaType.table:
      return tableText(vm, L, depth + 1);
    default: {
      const name = type === LuaType.lightUserdata ? 'light-userdata' : vm.typeName(L, -1);
      return `"${name}@0x${lua.lua_topointer(L, -1).toString(16)}"`;
    }
  }
}

function numberText(value: number): string {
  return Number.isFinite(value) ? formatG(value, 6) : Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
}

/** Without keys where these count up from 1. */
function tableText(vm: LuaVm, L: State, depth: number): ByteString {
  const { lua } = vm;
  if (lua.lua_checkstack(L, 4) === 0) return '{…}';
  const values: string[] = [];
  const keys: string[] = [];
  let isArray = true;
  lua.lua_pushnil(L);
  while (lua.lua_next(L, -2) !== 0) {
    values.push(luaText(vm, L, depth));
    lua.lua_settop(L, -2);
    isArray &&= lua.lua_type(L, -1) === LuaType.number && lua.lua_tonumber(L, -1) === values.length;
    // A copy: reading a number as text would change the key that the walk goes on from.
    lua.lua_pushvalue(L, -1);
    keys.push(luaText(vm, L, depth));
    lua.lua_settop(L, -2);
  }
  return `{${values.map((value, i) => (isArray ? value : `[${keys[i]}]=${value}`)).join('; ')}}`;
}

/** What a command has answered. */
export function replyText(reply: Reply): ByteString {
  if (reply === null) return 'NULL';
  if (reply instanceof ReplyError) return quoted(`-${reply.message}`);
  if (typeof reply === 'string') return quoted(`+${reply}`);
  if (typeof reply === 'boolean') return reply ? '#true' : '#false';
  if (Buffer.isBuffer(reply)) return quoted(reply.latin1Slice());
  if (reply instanceof Double) return `(double) ${formatDouble(reply.value)}`;
  if (reply instanceof VerbatimText) return quoted(reply.text);
  if (reply instanceof Map) {
    return `{${[...reply].map(([key, value]) => `${replyText(key)} => ${replyText(value)}`).join(',')}}`;
  }
  if (reply instanceof Set) return `~(${[...reply].map(replyText).join(',')})`;
  if (Array.isArray(reply)) return `[${reply.map(replyText).join(',')}]`;
  return String(reply);
}

const MAX_DEPTH = 10;
