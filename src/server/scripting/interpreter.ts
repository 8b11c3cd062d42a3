import type { ByteString } from '../../resp/args.js';
import type { Reply } from '../../resp/reply.js';
import { CommandError } from '../errors.js';
import type { DebugSession } from './debugger/console.js';
import { ScriptDebugger } from './debugger/debugger.js';
import { compileText } from './load-functions.js';
import type { Lrand48 } from './lrand48.js';
import type { Pointer, State } from './lua-binary.js';
import { INFO_EVENT, INFO_LINE, INFO_SIZE, INFO_SOURCE, LuaType, LuaVm, REGISTRY } from './lua-vm.js';
import { RedisLibrary, type ScriptHost } from './redis-library.js';
import { withoutNewlines } from './reply-conversion.js';
import { Sandbox } from './sandbox.js';
import type { WasmModule } from './web-assembly.js';

/**
 * One Lua state and what runs in it: scripts, which find KEYS and ARGV as globals, or the functions of
 * libraries, which get them as arguments. After an exception that is no `ReplyError` it cannot be used again.
 */
export abstract class Interpreter {
  readonly redis: RedisLibrary;
  protected readonly vm: LuaVm;
  protected readonly sandbox: Sandbox;
  /** Room for a lua_Debug. */
  private readonly info: Pointer;
  private deadline = Number.POSITIVE_INFINITY;
  private limits: RunLimits = { timeLimit: 0 };
  private readonly hook: number;
  private debugger: ScriptDebugger | undefined;

  constructor(
    binary: WasmModule,
    private readonly options: InterpreterOptions,
    random: Lrand48,
    runs: 'scripts' | 'functions',
  ) {
    this.vm = new LuaVm(binary, options.memoryLimit);
    this.info = this.vm.lua.malloc(INFO_SIZE);
    this.redis = new RedisLibrary(this.vm, runs);
    this.sandbox = new Sandbox(this.vm, this.redis, random);
    const { lua, main } = this.vm;
    this.hook = this.vm.defineHook((L, info) => this.onHook(L, info));
    lua.lua_sethook(main, this.hook, COUNT_MASK, HOOK_INSTRUCTIONS);
    this.redis.onCalls = (L) => this.checkTimeInCall(L);
    lua.lua_getfield(main, GLOBALS_INDEX, this.vm.name('__redis__err__handler'));
    lua.lua_rawgeti(main, REGISTRY, this.sandbox.globals);
  }

  get usedMemory(): number {
    return this.vm.lua.lua_gc(this.vm.main, GC_COUNT, 0) * 1024;
  }

  get heldMemory(): number {
    return this.vm.heap.length;
  }

  /** Puts what `reference` names and its arguments on the stack; returns how many arguments there are. */
  protected abstract push(reference: number, keys: readonly Uint8Array[], argv: readonly Uint8Array[]): number;

  /** The reference of the compiled code; `what` is said in the error. */
  protected compileAs(code: Buffer, chunkName: string, what: string): number {
    const { vm } = this;
    const { lua, main } = vm;
    vm.pushBytes(main, code);
    if (compileText(vm, main, BASE + 1, vm.name(chunkName)) !== 0) {
      const message = withoutNewlines(vm.cString(vm.stringAt(main, -1)));
      lua.lua_settop(main, BASE);
      throw new CommandError(`ERR Error compiling ${what}: ${message}`);
    }
    const reference = lua.luaL_ref(main, REGISTRY);
    lua.lua_settop(main, BASE);
    return reference;
  }

  run(
    program: Program,
    keys: readonly Uint8Array[],
    argv: readonly Uint8Array[],
    host: ScriptHost,
    limits: RunLimits,
    session?: DebugSession,
  ): Reply {
    const { vm, redis } = this;
    const { lua, main } = vm;
    redis.host = host;
    redis.resp = 2;
    this.limitTime(limits);
    const count = this.push(program.reference, keys, argv);
    const call = () => lua.lua_pcall(main, count, 1, HANDLER) !== 0;
    const failed = session === undefined ? call() : this.debug(session, call);
    const reply = failed ? this.errorReply(program.name) : redis.conversion.pop(main, redis.resp);
    lua.lua_settop(main, BASE);
    redis.host = undefined;
    vm.trim();
    return reply;
  }

  /** Stops before lines while `call` runs. */
  private debug(session: DebugSession, call: () => boolean): boolean {
    const { vm, info, redis } = this;
    const { lua, main } = vm;
    const raise = (L: State, message: string): never => {
      redis.conversion.pushError(L, message);
      return vm.raise(L);
    };
    const scriptDebugger = new ScriptDebugger({ vm, info, raise }, session);
    this.debugger = redis.debugger = scriptDebugger;
    lua.lua_sethook(main, this.hook, COUNT_MASK | LINE_MASK, HOOK_INSTRUCTIONS);
    try {
      return call();
    } finally {
      lua.lua_sethook(main, this.hook, COUNT_MASK, HOOK_INSTRUCTIONS);
      this.debugger = redis.debugger = undefined;
      scriptDebugger.end();
    }
  }

  private onHook(L: State, info: Pointer): void {
    if (this.debugger === undefined || this.vm.words[(info + INFO_EVENT) >> 2] !== LINE_EVENT) this.checkTime(L, info);
    // The time that somebody thought about it is not the script's.
    else if (this.debugger.onLine(L)) this.limitTime(this.limits);
  }

  protected limitTime(limits: RunLimits): void {
    this.limits = limits;
    const { timeLimit } = limits;
    this.deadline = timeLimit > 0 ? this.options.now() + timeLimit : Number.POSITIVE_INFINITY;
  }

  protected pushArray(items: readonly Uint8Array[]): void {
    const { vm } = this;
    const { lua, main } = vm;
    lua.lua_createtable(main, items.length, 0);
    for (let i = 0; i < items.length; i++) {
      vm.pushBytes(main, items[i]!);
      lua.lua_rawseti(main, -2, i + 1);
    }
  }

  private errorReply(name: string): CommandError {
    const { vm } = this;
    const { lua, main } = vm;
    if (lua.lua_type(main, -1) !== LuaType.table) {
      const message = lua.lua_isstring(main, -1) !== 0 ? vm.cString(vm.stringAt(main, -1)) : 'execution failure';
      return new CommandError(`ERR Error running script ${name}, ${withoutNewlines(message.slice(0, 100))}`);
    }
    const message = this.field('err') ?? 'ERR unknown error';
    const source = this.field('source');
    const line = this.field('line');
    const place = source !== undefined && line !== undefined ? placeOf(name, source, line) : '';
    return this.redis.conversion.errorOf(main, message + place);
  }

  protected field(name: string): string | undefined {
    const { vm } = this;
    const { lua, main } = vm;
    lua.lua_getfield(main, -1, vm.name(name));
    const text = lua.lua_isstring(main, -1) !== 0 ? vm.cString(vm.stringAt(main, -1)) : undefined;
    lua.lua_settop(main, -2);
    return text;
  }

  private checkTimeInCall(L: State): void {
    if (this.vm.lua.lua_getstack(L, 1, this.info) !== 0) this.checkTime(L, this.info);
  }

  /** Called every so many instructions, in coroutines too. */
  private checkTime(L: State, info: Pointer): void {
    const over = this.options.now() - this.deadline;
    if (over < 0) return;
    const { limits } = this;
    const reason = limits.overrun
      ? limits.overrun(limits.timeLimit + over)
      : `ERR Script stopped: it ran for more than ${limits.timeLimit} ms`;
    if (reason !== undefined) this.stop(L, info, reason);
  }

  protected stop(L: State, info: Pointer, reason: string): never {
    const { vm } = this;
    vm.lua.lua_getinfo(L, vm.name('Sl'), info);
    const source = vm.cString(vm.words[(info + INFO_SOURCE) >> 2]!);
    const line = vm.words[(info + INFO_LINE) >> 2]!;
    throw new ScriptStopped(reason, source, line);
  }
}

/** Leaves through all frames of the interpreter, which cannot be used after that. */
class ScriptStopped extends Error {
  override readonly name = 'ScriptStopped';
  constructor(
    message: string,
    readonly source: ByteString,
    readonly line: number,
  ) {
    super(message);
  }
}

export interface InterpreterOptions {
  /** Bytes. */
  readonly memoryLimit: number;
  /** Monotonic time in milliseconds. */
  readonly now: () => number;
}

export interface RunLimits {
  /** Milliseconds of real time after which the script is stopped with an error, or `overrun` asked; 0: no limit. */
  readonly timeLimit: number;
  /**
   * Asked from then on, again and again, with the milliseconds it has run: the error to stop with, or undefined to let
   * it go on.
   */
  overrun?(duration: number): string | undefined;
}

/** What can be run: its name in errors, and where it is in the interpreter's registry. */
export interface Program {
  readonly name: string;
  readonly reference: number;
}

function placeOf(name: string, source: ByteString, line: number | string): string {
  return ` script: ${name}, on ${source}:${line}.`;
}

/** What to answer after an exception that cost the interpreter. */
export function fatalReply(name: string, error: unknown): CommandError {
  if (error instanceof ScriptStopped) return new CommandError(error.message + placeOf(name, error.source, error.line));
  const what = error instanceof RangeError ? 'stack overflow' : 'not enough memory';
  return new CommandError(`ERR Error running script ${name}, ${what}`);
}

const HOOK_INSTRUCTIONS = 100_000;
const COUNT_MASK = 8;
const LINE_MASK = 4;
const LINE_EVENT = 2;
const GC_COUNT = 3;
const GLOBALS_INDEX = -10002;
/** The bottom of the main stack: the error handler and the table of globals. */
export const HANDLER = 1;
export const GLOBALS_TABLE = 2;
export const BASE = 2;
