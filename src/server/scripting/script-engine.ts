import { createHash } from 'node:crypto';
import type { ByteString } from '../../resp/args.js';
import { type Reply, ReplyError } from '../../resp/reply.js';
import { CommandError } from '../errors.js';
import { compileText } from './load-functions.js';
import { Lrand48 } from './lrand48.js';
import { loadBinary, type Pointer, type State } from './lua-binary.js';
import { LuaType, LuaVm, REGISTRY } from './lua-vm.js';
import { RedisLibrary, type ScriptHost } from './redis-library.js';
import { withoutNewlines } from './reply-conversion.js';
import { Sandbox } from './sandbox.js';
import { parseShebang, type ScriptFlags } from './shebang.js';
import type { WasmModule } from './web-assembly.js';

/**
 * Runs Lua scripts as Redis 7.0.15 does. Knows nothing of keys: commands go to the `ScriptHost` of the run.
 *
 * After `create` everything is synchronous. A script that runs too long, or brings the interpreter down
 * (recursion inside C, no memory left outside a protected call), costs the interpreter: it is thrown away and
 * a new one compiles the scripts again when they are called. A single call into C that never ends (a pattern
 * with catastrophic backtracking) cannot be stopped, neither here nor in Redis.
 */
export class ScriptEngine {
  private readonly scripts = new Map<string, Script>();
  private readonly random = new Lrand48();
  private interpreter: Interpreter | undefined;

  private constructor(
    private readonly binary: WasmModule,
    private readonly options: Required<ScriptEngineOptions>,
  ) {}

  static async create(options: ScriptEngineOptions): Promise<ScriptEngine> {
    return new ScriptEngine(await loadBinary(), { memoryLimit: DEFAULT_MEMORY_LIMIT, ...options });
  }

  /** Compiles a script and keeps it; throws a `CommandError` with Redis's text when it does not compile. */
  load(source: Uint8Array): string {
    const sha = createHash('sha1').update(source).digest('hex');
    if (this.scripts.has(sha)) return sha;
    const body = Buffer.from(source);
    const { flags, length } = parseShebang(body.latin1Slice());
    const script: Script = { sha, body, flags, code: body.subarray(length), interpreter: undefined, reference: 0 };
    this.compile(script);
    this.scripts.set(sha, script);
    return sha;
  }

  has(sha: string): boolean {
    return this.scripts.has(sha);
  }

  /** The source and flags of a loaded script; `sha` in lower case. */
  script(sha: string): { readonly body: Buffer; readonly flags: ScriptFlags } | undefined {
    return this.scripts.get(sha);
  }

  /** Forgets all scripts and everything they left in the interpreter. */
  flush(): void {
    this.scripts.clear();
    this.interpreter = undefined;
  }

  get count(): number {
    return this.scripts.size;
  }

  /** Bytes that Lua's values take now. */
  get usedMemory(): number {
    return this.interpreter?.usedMemory ?? 0;
  }

  /**
   * Runs a loaded script. An error of the script is a `ReplyError` in the result; only what the host throws is
   * thrown. Not to be called from within the host: scripts do not nest.
   */
  run(
    sha: string,
    keys: readonly Uint8Array[],
    argv: readonly Uint8Array[],
    host: ScriptHost,
    limits: RunLimits,
  ): Reply {
    const script = this.scripts.get(sha);
    if (script === undefined) return new CommandError('NOSCRIPT No matching script. Please use EVAL.');
    const interpreter = this.usable();
    try {
      if (script.interpreter !== interpreter) this.compile(script);
      return interpreter.run(script, keys, argv, host, limits);
    } catch (error) {
      this.interpreter = undefined;
      if (interpreter.redis.hostFailure !== undefined) throw interpreter.redis.hostFailure.error;
      return fatalReply(script, error);
    }
  }

  /** The interpreter, or a new one when memory was let grow: its memory never shrinks by itself. */
  private usable(): Interpreter {
    if (this.interpreter === undefined || this.interpreter.heldMemory > RECYCLED_MEMORY) {
      this.interpreter = new Interpreter(this.binary, this.options, this.random);
    }
    return this.interpreter;
  }

  private compile(script: Script): void {
    const interpreter = this.usable();
    try {
      script.reference = interpreter.compile(script.code);
      script.interpreter = interpreter;
    } catch (error) {
      if (error instanceof ReplyError) throw error;
      this.interpreter = undefined;
      throw fatalReply(script, error);
    }
  }
}

export interface ScriptEngineOptions {
  /** Bytes of memory for the interpreter and all values of a script; default 128 MiB, at least 32 MiB. */
  readonly memoryLimit?: number;
  /** Monotonic time in milliseconds, for the time limit. */
  readonly now: () => number;
}

export interface RunLimits {
  /** Milliseconds of real time after which the script is stopped with an error; 0: no limit. */
  readonly timeLimit: number;
}

interface Script {
  readonly sha: string;
  readonly body: Buffer;
  readonly flags: ScriptFlags;
  /** The source without its first line, when that was `#!lua …`. */
  readonly code: Buffer;
  /** Where it is compiled, and its reference in that registry. */
  interpreter: Interpreter | undefined;
  reference: number;
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

class Interpreter {
  readonly redis: RedisLibrary;
  private readonly vm: LuaVm;
  private readonly sandbox: Sandbox;
  /** Room for a lua_Debug. */
  private readonly info: Pointer;
  private deadline = Number.POSITIVE_INFINITY;
  private timeLimit = 0;

  constructor(
    binary: WasmModule,
    private readonly options: Required<ScriptEngineOptions>,
    random: Lrand48,
  ) {
    this.vm = new LuaVm(binary, options.memoryLimit);
    this.info = this.vm.lua.malloc(INFO_SIZE);
    this.redis = new RedisLibrary(this.vm);
    this.sandbox = new Sandbox(this.vm, this.redis, random);
    const { lua, main } = this.vm;
    lua.lua_sethook(
      main,
      this.vm.defineHook((L, info) => this.checkTime(L, info)),
      COUNT_MASK,
      HOOK_INSTRUCTIONS,
    );
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

  compile(code: Buffer): number {
    const { vm } = this;
    const { lua, main } = vm;
    vm.pushBytes(main, code);
    if (compileText(vm, main, BASE + 1, vm.name('@user_script')) !== 0) {
      const message = withoutNewlines(vm.cString(vm.stringAt(main, -1)));
      lua.lua_settop(main, BASE);
      throw new CommandError(`ERR Error compiling script (new function): ${message}`);
    }
    const reference = lua.luaL_ref(main, REGISTRY);
    lua.lua_settop(main, BASE);
    return reference;
  }

  run(
    script: Script,
    keys: readonly Uint8Array[],
    argv: readonly Uint8Array[],
    host: ScriptHost,
    limits: RunLimits,
  ): Reply {
    const { vm, redis } = this;
    const { lua, main } = vm;
    redis.host = host;
    redis.resp = 2;
    this.timeLimit = limits.timeLimit;
    this.deadline = limits.timeLimit > 0 ? this.options.now() + limits.timeLimit : Number.POSITIVE_INFINITY;
    this.setGlobalArray('KEYS', keys);
    this.setGlobalArray('ARGV', argv);
    lua.lua_rawgeti(main, REGISTRY, script.reference);
    const failed = lua.lua_pcall(main, 0, 1, HANDLER) !== 0;
    const reply = failed ? this.errorReply(script) : redis.conversion.pop(main, redis.resp);
    lua.lua_settop(main, BASE);
    redis.host = undefined;
    vm.trim();
    return reply;
  }

  private setGlobalArray(name: string, items: readonly Uint8Array[]): void {
    const { vm } = this;
    const { lua, main } = vm;
    lua.lua_createtable(main, items.length, 0);
    for (let i = 0; i < items.length; i++) {
      vm.pushBytes(main, items[i]!);
      lua.lua_rawseti(main, -2, i + 1);
    }
    lua.lua_setfield(main, GLOBALS_TABLE, vm.name(name));
  }

  private errorReply(script: Script): CommandError {
    const { vm } = this;
    const { lua, main } = vm;
    if (lua.lua_type(main, -1) !== LuaType.table) {
      const message = lua.lua_isstring(main, -1) !== 0 ? vm.cString(vm.stringAt(main, -1)) : 'execution failure';
      return new CommandError(`ERR Error running script ${script.sha}, ${withoutNewlines(message.slice(0, 100))}`);
    }
    const message = this.field('err') ?? 'ERR unknown error';
    const source = this.field('source');
    const line = this.field('line');
    const place = source !== undefined && line !== undefined ? placeOf(script, source, line) : '';
    return new CommandError(withoutNewlines(message + place));
  }

  private field(name: string): string | undefined {
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
    if (this.options.now() < this.deadline) return;
    const { vm } = this;
    vm.lua.lua_getinfo(L, vm.name('Sl'), info);
    const source = vm.cString(vm.words[(info + INFO_SOURCE) >> 2]!);
    const line = vm.words[(info + INFO_LINE) >> 2]!;
    throw new ScriptStopped(`ERR Script stopped: it ran for more than ${this.timeLimit} ms`, source, line);
  }
}

function placeOf(script: Script, source: ByteString, line: number | string): string {
  return ` script: ${script.sha}, on ${source}:${line}.`;
}

function fatalReply(script: Script, error: unknown): CommandError {
  if (error instanceof ScriptStopped)
    return new CommandError(error.message + placeOf(script, error.source, error.line));
  const what = error instanceof RangeError ? 'stack overflow' : 'not enough memory';
  return new CommandError(`ERR Error running script ${script.sha}, ${what}`);
}

const DEFAULT_MEMORY_LIMIT = 128 * 1024 * 1024;
/** An interpreter that holds more than this after a script is replaced before the next one. */
const RECYCLED_MEMORY = 64 * 1024 * 1024;
const HOOK_INSTRUCTIONS = 100_000;
const COUNT_MASK = 8;
const GC_COUNT = 3;
const GLOBALS_INDEX = -10002;
/** The bottom of the main stack: the error handler and the table of globals. */
const HANDLER = 1;
const GLOBALS_TABLE = 2;
const BASE = 2;
/** Offsets in lua_Debug. */
const INFO_SOURCE = 16;
const INFO_LINE = 20;
const INFO_SIZE = 128;
