import type { Args, ByteString } from '../../../resp/args.js';
import { type Reply, ReplyError } from '../../../resp/reply.js';
import { ProtocolError } from '../../../resp/request-decoder.js';
import { CommandError } from '../../errors.js';
import type { Pointer, State } from '../lua-binary.js';
import { INFO_LINE, INFO_NAME, INFO_SOURCE, type LuaVm } from '../lua-vm.js';
import type { DebugSession } from './console.js';
import { DEBUGGER_HELP } from './help.js';
import { Inspection } from './inspection.js';
import { SourceView } from './source-view.js';
import { luaText, replyText } from './value-text.js';

/** What the debugger needs of the interpreter that it stops. */
export interface Debugged {
  readonly vm: LuaVm;
  /** Room for a lua_Debug. */
  readonly info: Pointer;
  /** Raises a Lua error from where the script stands. */
  raise(L: State, message: string): never;
}

/**
 * Redis's Lua debugger (SCRIPT DEBUG SYNC): stops a script before a line and does what the console says until that is to
 * go on. Commands and words are those of Redis, so that `redis-cli --ldb-sync-mode` works with it.
 */
export class ScriptDebugger {
  private readonly view: SourceView;
  private readonly inspection: Inspection;
  private readonly lines: ByteString[] = [];
  private isStepping = true;
  /** redis.breakpoint(): stop before the next line. */
  private isAsked = false;
  private maxLength = 256;
  private isHinted = false;

  constructor(
    private readonly debugged: Debugged,
    private readonly session: DebugSession,
  ) {
    this.view = new SourceView(session.source);
    this.inspection = new Inspection(debugged.vm, debugged.info);
  }

  /** A line is about to run. True when it had to wait. */
  onLine(L: State): boolean {
    const { vm, info } = this.debugged;
    if (vm.lua.lua_getstack(L, 0, info) === 0) return false;
    vm.lua.lua_getinfo(L, vm.name('Sl'), info);
    if (!vm.cString(vm.words[(info + INFO_SOURCE) >> 2]!).includes('user_script')) return false;
    const { view } = this;
    view.current = vm.words[(info + INFO_LINE) >> 2]!;
    const isBreakpoint = view.breakpoints.has(view.current);
    if (!this.isStepping && !isBreakpoint && !this.isAsked) return false;
    const stopped = isBreakpoint ? 'break point' : 'step over';
    const reason = this.isAsked ? 'redis.breakpoint() called' : stopped;
    this.isStepping = this.isAsked = false;
    this.lines.push(`* Stopped at ${view.current}, stop reason = ${reason}`, view.line(view.current));
    this.flush();
    this.converse(L);
    return true;
  }

  /** redis.breakpoint(). */
  askToStop(): void {
    this.isAsked = true;
  }

  /** redis.debug(): the values on the stack. */
  tell(L: State): void {
    const { lua } = this.debugged.vm;
    const texts: string[] = [];
    for (let i = 1; i <= lua.lua_gettop(L); i++) {
      lua.lua_pushvalue(L, i);
      texts.push(luaText(this.debugged.vm, L));
      lua.lua_settop(L, -2);
    }
    this.lines.push(`<debug> line ${this.view.current}: ${texts.join(', ')}`);
  }

  /** redis.call() begins. */
  calls(args: Args): void {
    if (!this.isStepping) return;
    const words = args.texts(0);
    const more = words.length > SHOWN_WORDS ? ` ... (${words.length - SHOWN_WORDS - 1} more)` : '';
    this.lines.push(`<redis> ${words.slice(0, SHOWN_WORDS).join(' ')}${more}`);
  }

  answered(reply: Reply): void {
    if (!this.isStepping) return;
    if (reply instanceof ReplyError) this.lines.push(`<error> ${errorText(reply)}`);
    // One that never ran has no reply.
    if (!(reply instanceof CommandError)) this.addTrimmed(`<reply> ${replyText(reply)}`);
  }

  /** What is left to tell, and that it was all. */
  end(): void {
    this.lines.push('<endsession>');
    this.flush();
  }

  private flush(): void {
    this.session.console.send(this.lines.splice(0));
  }

  private addTrimmed(line: ByteString): void {
    if (this.maxLength === 0 || line.length <= this.maxLength) {
      this.lines.push(line);
      return;
    }
    this.lines.push(`${line.slice(0, this.maxLength)} ...`);
    if (!this.isHinted) this.lines.push("<hint> The above reply was trimmed. Use 'maxlen 0' to disable trimming.");
    this.isHinted = true;
  }

  /** Until the script goes on. Nobody there: it does so without stopping again. */
  private converse(L: State): void {
    for (;;) {
      const words = this.nextCommand(L);
      if (words === undefined) {
        this.view.breakpoints.clear();
        return;
      }
      const name = words[0]!.toLowerCase();
      const action = ACTIONS.find(({ names }) => names.includes(name));
      if (action === undefined || words.length < (action.atLeast ?? 1)) {
        this.lines.push('<error> Unknown Redis Lua debugger command or wrong number of arguments.');
      } else action.run(this, L, words);
      if (action?.goesOn) return;
      this.flush();
    }
  }

  private nextCommand(L: State): readonly ByteString[] | undefined {
    try {
      return this.session.console.read();
    } catch (error) {
      if (error instanceof ProtocolError) return this.debugged.raise(L, 'protocol error');
      throw error;
    }
  }

  step(): void {
    this.isStepping = true;
  }

  help(): void {
    this.lines.push(...DEBUGGER_HELP);
  }

  abort(L: State): never {
    return this.debugged.raise(L, 'script aborted for user request');
  }

  list(around: number, context: number): void {
    this.lines.push(...this.view.around(around, context));
  }

  listHere([, around = '', context = '5']: readonly ByteString[]): void {
    const line = Number.parseInt(around, 10);
    this.list(line > 0 ? line : this.view.current, Number.parseInt(context, 10) || 0);
  }

  changeBreakpoints(words: readonly ByteString[]): void {
    this.lines.push(...this.view.changeBreakpoints(words));
  }

  trace(L: State): void {
    const { vm, info } = this.debugged;
    for (let level = 0; vm.lua.lua_getstack(L, level, info) !== 0; level++) {
      vm.lua.lua_getinfo(L, vm.name('Snl'), info);
      if (!vm.cString(vm.words[(info + INFO_SOURCE) >> 2]!).includes('user_script')) continue;
      const name = vm.words[(info + INFO_NAME) >> 2]!;
      this.lines.push(`${level === 0 ? 'In' : 'From'} ${name === 0 ? 'top level' : vm.cString(name)}:`);
      this.lines.push(this.view.line(vm.words[(info + INFO_LINE) >> 2]!));
    }
  }

  print(L: State, [, name]: readonly ByteString[]): void {
    const found = name === undefined ? this.inspection.locals(L) : this.inspection.variable(L, name);
    for (const line of found) this.addTrimmed(line);
  }

  evaluate(L: State, words: readonly ByteString[]): void {
    this.addTrimmed(this.inspection.evaluate(L, words.slice(1).join(' ')));
  }

  /** A command is called as the script would call it, and told of. */
  call(L: State, words: readonly ByteString[]): void {
    this.isStepping = true;
    this.inspection.call(L, words.slice(1));
    this.isStepping = false;
  }

  limitLength([, length]: readonly ByteString[]): void {
    if (length !== undefined) {
      this.isHinted = true;
      const wanted = Number.parseInt(length, 10) || 0;
      this.maxLength = wanted === 0 ? 0 : Math.max(60, wanted);
    }
    const told = this.maxLength === 0 ? 'replies are unlimited.' : `replies are truncated at ${this.maxLength} bytes.`;
    this.lines.push(`<value> ${told}`);
  }
}

interface Action {
  readonly names: readonly string[];
  readonly atLeast?: number;
  readonly run: (debug: ScriptDebugger, L: State, words: readonly ByteString[]) => void;
  /** The script runs on after it. */
  readonly goesOn?: true;
}

const ACTIONS: readonly Action[] = [
  { names: ['h', 'help'], run: (debug) => debug.help() },
  { names: ['s', 'step', 'n', 'next'], run: (debug) => debug.step(), goesOn: true },
  { names: ['c', 'continue'], run: () => undefined, goesOn: true },
  { names: ['t', 'trace'], run: (debug, L) => debug.trace(L) },
  { names: ['m', 'maxlen'], run: (debug, _, words) => debug.limitLength(words) },
  { names: ['b', 'break'], run: (debug, _, words) => debug.changeBreakpoints(words) },
  { names: ['e', 'eval'], run: (debug, L, words) => debug.evaluate(L, words) },
  { names: ['a', 'abort'], run: (debug, L) => debug.abort(L) },
  { names: ['r', 'redis'], atLeast: 2, run: (debug, L, words) => debug.call(L, words) },
  { names: ['p', 'print'], run: (debug, L, words) => debug.print(L, words) },
  { names: ['l', 'list'], run: (debug, _, words) => debug.listHere(words) },
  { names: ['w', 'whole'], run: (debug) => debug.list(1, 1_000_000) },
];

/** As it is raised: with a dash before its code, or without the code ERR where the server itself refuses. */
function errorText(error: ReplyError): string {
  const isOurs = error instanceof CommandError && error.code === 'ERR';
  return isOurs ? error.message.slice('ERR '.length) : `-${error.message}`;
}

const SHOWN_WORDS = 10;
