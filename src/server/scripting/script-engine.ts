import { createHash } from 'node:crypto';
import { type Reply, ReplyError } from '../../resp/reply.js';
import { CommandError } from '../errors.js';
import type { DebugSession } from './debugger/console.js';
import { FunctionEngine } from './function-engine.js';
import { fatalReply, type InterpreterOptions, type RunLimits } from './interpreter.js';
import { Lrand48 } from './lrand48.js';
import { loadBinary } from './lua-binary.js';
import type { ScriptHost } from './redis-library.js';
import { ScriptInterpreter } from './script-interpreter.js';
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
  /** Bytes of the scripts that are kept. */
  cachedBytes = 0;
  /** Functions have an interpreter of their own, and share the random numbers. */
  readonly functions: FunctionEngine;
  private readonly random = new Lrand48();
  private interpreter: ScriptInterpreter | undefined;

  private constructor(
    private readonly binary: WasmModule,
    private readonly options: InterpreterOptions,
  ) {
    this.functions = new FunctionEngine(binary, options, this.random);
  }

  static async create(options: ScriptEngineOptions): Promise<ScriptEngine> {
    return new ScriptEngine(await loadBinary(), { memoryLimit: DEFAULT_MEMORY_LIMIT, ...options });
  }

  /** Compiles a script and keeps it; throws a `CommandError` with Redis's text when it does not compile. */
  load(source: Uint8Array): string {
    const sha = createHash('sha1').update(source).digest('hex');
    if (this.scripts.has(sha)) return sha;
    const body = Buffer.from(source);
    const { flags, length } = parseShebang(body.latin1Slice());
    const script: Script = {
      name: sha,
      body,
      flags,
      code: body.subarray(length),
      interpreter: undefined,
      reference: 0,
    };
    this.compile(script);
    this.scripts.set(sha, script);
    this.cachedBytes += body.length + SCRIPT_HEAD;
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
    this.cachedBytes = 0;
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
    session?: DebugSession,
  ): Reply {
    const script = this.scripts.get(sha);
    if (script === undefined) return new CommandError('NOSCRIPT No matching script. Please use EVAL.');
    const interpreter = this.usable();
    try {
      if (script.interpreter !== interpreter) this.compile(script);
      return interpreter.run(script, keys, argv, host, limits, session);
    } catch (error) {
      this.interpreter = undefined;
      if (interpreter.redis.hostFailure !== undefined) throw interpreter.redis.hostFailure.error;
      return fatalReply(script.name, error);
    }
  }

  /** The interpreter, or a new one when memory was let grow: its memory never shrinks by itself. */
  private usable(): ScriptInterpreter {
    if (this.interpreter === undefined || this.interpreter.heldMemory > RECYCLED_MEMORY) {
      this.interpreter = new ScriptInterpreter(this.binary, this.options, this.random);
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
      throw fatalReply(script.name, error);
    }
  }
}

export interface ScriptEngineOptions {
  /** Bytes of memory for the interpreter and all values of a script; default 128 MiB, at least 32 MiB. */
  readonly memoryLimit?: number;
  /** Monotonic time in milliseconds, for the time limit. */
  readonly now: () => number;
}

interface Script {
  /** Its SHA-1 in hexadecimal. */
  readonly name: string;
  readonly body: Buffer;
  readonly flags: ScriptFlags;
  /** The source without its first line, when that was `#!lua …`. */
  readonly code: Buffer;
  /** Where it is compiled, and its reference in that registry. */
  interpreter: ScriptInterpreter | undefined;
  reference: number;
}

/** A script's name and objects, roughly. */
const SCRIPT_HEAD = 300;
const DEFAULT_MEMORY_LIMIT = 128 * 1024 * 1024;
/** An interpreter that holds more than this after a script is replaced before the next one. */
const RECYCLED_MEMORY = 64 * 1024 * 1024;
