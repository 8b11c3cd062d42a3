import { createHash } from 'node:crypto';
import { Area } from '../../resp/area.js';
import { Args, type ByteString } from '../../resp/args.js';
import { type Reply, ReplyError } from '../../resp/reply.js';
import { REDIS_VERSION } from '../version.js';
import { formatG } from './c-numbers.js';
import type { ScriptDebugger } from './debugger/debugger.js';
import type { State } from './lua-binary.js';
import { type CFunction, LuaType, type LuaVm } from './lua-vm.js';
import { ReplyConversion } from './reply-conversion.js';

/** What a script reaches the server through; given for each run. */
export interface ScriptHost {
  /**
   * Runs one command. The arguments are reused for the next call, as a connection's are. Errors are
   * `ReplyError` values; throwing ends the script at once and passes the exception on.
   * `resp` is what the script chose by redis.setresp: null, maps, doubles … differ.
   */
  call(args: Args, resp: 2 | 3): Reply;
  /** Level 0 (debug) to 3 (warning). */
  log(level: number, message: ByteString): void;
  /** Whether the user may run the command; undefined when there is no such command. */
  permits(args: Args): boolean | undefined;
  /** redis.set_repl: what happens to the effects of the commands that follow, bits of `Propagation`. */
  setPropagation(flags: number): void;
}

export const Propagation = { none: 0, aof: 1, replicas: 2, all: 3 } as const;

/** The `redis` table: one per interpreter, its host changes with every run. */
export class RedisLibrary {
  host: ScriptHost | undefined;
  debugger: ScriptDebugger | undefined;
  /** The protocol that the script has chosen. */
  resp: 2 | 3 = 2;
  /** An exception that the host threw; it has gone through the interpreter's frames. */
  /** Called now and then from redis.call, to end scripts whose commands take the time. */
  onCalls: (L: State) => void = () => {};
  private calls = 0;
  hostFailure: { readonly error: unknown } | undefined;
  readonly conversion: ReplyConversion;
  private readonly args = new Args();
  private buffer = Buffer.allocUnsafeSlow(4096);

  constructor(
    private readonly vm: LuaVm,
    private readonly runs: 'scripts' | 'functions',
  ) {
    this.conversion = new ReplyConversion(vm);
  }

  push(L: State): void {
    const { vm } = this;
    vm.lua.lua_createtable(L, 0, 0);
    vm.setFunctions(L, { call: (L) => this.call(L, true), pcall: (L) => this.call(L, false) });
    this.setLogAndVersion(L);
    vm.setFunctions(L, this.functions());
    vm.setNumbers(L, { REPL_NONE: 0, REPL_AOF: 1, REPL_SLAVE: 2, REPL_REPLICA: 2, REPL_ALL: 3 });
    vm.setFunctions(L, { acl_check_cmd: (L) => this.aclCheck(L) });
    if (this.runs === 'functions') return;
    vm.setFunctions(L, {
      breakpoint: (L) => {
        this.debugger?.askToStop();
        return this.answer(L, this.debugger !== undefined);
      },
      debug: (L) => {
        this.debugger?.tell(L);
        return 0;
      },
      replicate_commands: (L) => this.answer(L, true),
    });
  }

  /** The table that a library finds while it loads: nothing that reaches data. */
  pushForLoading(L: State, registerFunction: CFunction): void {
    this.vm.lua.lua_createtable(L, 0, 0);
    this.vm.setFunctions(L, { register_function: registerFunction });
    this.setLogAndVersion(L);
  }

  private setLogAndVersion(L: State): void {
    const { vm } = this;
    vm.setFunctions(L, { log: (L) => this.log(L) });
    vm.setNumbers(L, { LOG_DEBUG: 0, LOG_VERBOSE: 1, LOG_NOTICE: 2, LOG_WARNING: 3 });
    vm.setNumbers(L, { REDIS_VERSION_NUM: versionNumber(REDIS_VERSION) });
    vm.setTexts(L, { REDIS_VERSION: REDIS_VERSION });
  }

  private functions(): Record<string, CFunction> {
    const { vm } = this;
    return {
      setresp: (L) => this.setResp(L),
      sha1hex: (L) => this.sha1hex(L),
      error_reply: (L) => {
        const text = this.isOneText(L) ? vm.cString(vm.stringAt(L, 1)) : undefined;
        if (text === undefined) this.conversion.pushError(L, WRONG_ARGUMENTS);
        else this.conversion.pushError(L, text.startsWith('-') ? text : `-${text}`);
        return 1;
      },
      status_reply: (L) => {
        if (!this.isOneText(L)) {
          this.conversion.pushError(L, WRONG_ARGUMENTS);
          return 1;
        }
        vm.lua.lua_createtable(L, 0, 1);
        vm.lua.lua_pushvalue(L, 1);
        vm.lua.lua_setfield(L, -2, vm.name('ok'));
        return 1;
      },
      set_repl: (L) => this.setRepl(L),
    };
  }

  private answer(L: State, value: boolean): number {
    this.vm.lua.lua_pushboolean(L, value ? 1 : 0);
    return 1;
  }

  private isOneText(L: State): boolean {
    return this.vm.lua.lua_gettop(L) === 1 && this.vm.lua.lua_type(L, 1) === LuaType.string;
  }

  private fail(L: State, message: string): never {
    this.conversion.pushError(L, message);
    return this.vm.raise(L);
  }

  private call(L: State, raise: boolean): number {
    const problem = this.readArguments(L);
    const { lua } = this.vm;
    lua.lua_settop(L, 0);
    if (problem !== undefined) {
      this.conversion.pushError(L, problem);
      return raise ? this.vm.raise(L) : 1;
    }
    if (++this.calls % CALLS_UNCHECKED === 0) this.onCalls(L);
    this.debugger?.calls(this.args);
    const reply = this.execute();
    this.debugger?.answered(reply);
    this.conversion.push(L, reply, this.resp);
    return raise && reply instanceof ReplyError ? this.vm.raise(L) : 1;
  }

  private execute(): Reply {
    try {
      return this.host!.call(this.args, this.resp);
    } catch (error) {
      this.hostFailure = { error };
      throw error;
    }
  }

  private ask<T>(question: (host: ScriptHost) => T): T {
    try {
      return question(this.host!);
    } catch (error) {
      this.hostFailure = { error };
      throw error;
    }
  }

  /** Copies the arguments from the stack, so that the call may outlive them; returns what is wrong with them. */
  private readArguments(L: State): string | undefined {
    const { vm, args } = this;
    const { lua } = vm;
    const count = lua.lua_gettop(L);
    if (count === 0) return 'Please specify at least one argument for this redis lib call';
    args.reset(this.buffer, 0);
    let at = 0;
    for (let i = 1; i <= count; i++) {
      const type = lua.lua_type(L, i);
      if (type !== LuaType.string && type !== LuaType.number)
        return 'Lua redis lib command arguments must be strings or integers';
      if (type === LuaType.number) this.numberToText(L, i);
      const from = vm.stringAt(L, i);
      const length = vm.stringLength;
      this.reserve(at, length);
      const { buffer } = this;
      const { heap } = vm;
      if (length < 48) for (let j = 0; j < length; j++) buffer[at + j] = heap[from + j]!;
      else heap.copy(buffer, at, from, from + length);
      args.add(at, length);
      at += length;
    }
    return undefined;
  }

  /** Replaces a number by its text with 17 digits; Lua's own conversion would keep 14. */
  private numberToText(L: State, index: number): void {
    const { vm } = this;
    const value = vm.lua.lua_tonumber(L, index);
    if (!Number.isFinite(value)) return;
    vm.pushText(L, formatG(value, 17));
    vm.lua.lua_replace(L, index);
  }

  private reserve(used: number, more: number): void {
    if (used + more <= this.buffer.length) return;
    const bigger = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, used + more));
    this.buffer.copy(bigger, 0, 0, used);
    this.buffer = bigger;
    this.args.area = new Area(bigger);
  }

  private aclCheck(L: State): number {
    const problem = this.readArguments(L);
    if (problem !== undefined) this.fail(L, problem);
    const permitted = this.ask((host) => host.permits(this.args));
    if (permitted === undefined) this.fail(L, 'Invalid command passed to redis.acl_check_cmd()');
    return this.answer(L, permitted);
  }

  private log(L: State): number {
    const { vm } = this;
    const { lua } = vm;
    const count = lua.lua_gettop(L);
    if (count < 2) this.fail(L, 'redis.log() requires two arguments or more.');
    if (lua.lua_isnumber(L, 1) === 0) this.fail(L, 'First argument must be a number (log level).');
    const level = Math.trunc(lua.lua_tonumber(L, 1));
    if (level < 0 || level > 3) this.fail(L, 'Invalid debug level.');
    const words: string[] = [];
    for (let i = 2; i <= count; i++) {
      const word = vm.text(L, i);
      if (word !== undefined) words.push(word);
    }
    this.ask((host) => host.log(level, words.join(' ')));
    return 0;
  }

  private setResp(L: State): number {
    const { lua } = this.vm;
    if (lua.lua_gettop(L) !== 1) this.fail(L, 'redis.setresp() requires one argument.');
    const resp = Math.trunc(lua.lua_tonumber(L, 1));
    if (resp !== 2 && resp !== 3) this.fail(L, 'RESP version must be 2 or 3.');
    this.resp = resp;
    return 0;
  }

  private setRepl(L: State): number {
    const { lua } = this.vm;
    if (lua.lua_gettop(L) !== 1) this.fail(L, 'redis.set_repl() requires two arguments.');
    const flags = lua.lua_tonumber(L, 1) | 0;
    if ((flags & ~Propagation.all) !== 0) {
      this.fail(L, 'Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.');
    }
    this.ask((host) => host.setPropagation(flags));
    return 0;
  }

  private sha1hex(L: State): number {
    const { vm } = this;
    if (vm.lua.lua_gettop(L) !== 1) this.fail(L, 'wrong number of arguments');
    const bytes = vm.bytes(L, 1) ?? '';
    vm.pushText(L, createHash('sha1').update(bytes).digest('hex'));
    return 1;
  }
}

const CALLS_UNCHECKED = 64;
const WRONG_ARGUMENTS = 'wrong number or type of arguments';

/** "7.0.15" as 0x0007000f. */
function versionNumber(version: string): number {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  return (major << 16) | (minor << 8) | patch;
}
