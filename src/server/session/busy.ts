import type { ByteString } from '../../resp/args.js';
import type { Call } from '../commands/call.js';
import { CommandError } from '../errors.js';
import type { RunLimits } from '../scripting/interpreter.js';
import type { Server } from '../server.js';
import type { Session } from './session.js';

/**
 * A script that runs. Past `busy-reply-threshold` it goes on, and other clients are told that the server is busy until
 * one of them says SCRIPT KILL, FUNCTION KILL or SHUTDOWN NOSAVE, as in Redis.
 *
 * It has the one thread, and Node's event loop cannot turn inside of it; so from time to time the sockets of the clients
 * that are connected are read directly. Connections that come meanwhile are accepted afterwards only, clients over TLS
 * and callers in this process are not heard: which is why no script goes on for more than `scriptOverrun`.
 */
export class RunningScript implements RunLimits {
  /** It has called a command that writes: half of its work is not to be left behind. */
  hasWritten = false;
  isKilled = false;
  /** Milliseconds that it may run undisturbed. */
  readonly timeLimit: number;
  /** When it was found to be slow. */
  private began = 0;
  private listenAt = 0;

  constructor(
    private readonly call: Call,
    readonly kind: 'script' | 'function',
    /** As logs and FUNCTION STATS call it. */
    readonly name: ByteString,
  ) {
    this.timeLimit = call.server.settings.scriptLimit;
  }

  /** The words it was called with. */
  get command(): readonly ByteString[] {
    return this.call.args.texts(0);
  }

  /** Milliseconds, of one that is slow. */
  get duration(): number {
    return Math.floor(performance.now() - this.began);
  }

  /** What everybody else is told. */
  get busy(): CommandError {
    return this.kind === 'script' ? BUSY_SCRIPT : BUSY_FUNCTION;
  }

  /** Called again and again once its time is over: why it has to end, undefined while it may go on. */
  overrun(duration: number): string | undefined {
    const { server, session: caller } = this.call;
    const overrun = caller.peer.socket === undefined ? 0 : server.settings.scriptOverrun;
    // What has happened elsewhere, or before, has to happen here too.
    const most = caller.isPrimary ? Number.POSITIVE_INFINITY : this.timeLimit + overrun;
    if (duration >= most) return `ERR Script stopped: it ran for more than ${most} ms`;
    if (this.began === 0) this.begin(duration);
    if (performance.now() >= this.listenAt) this.listen(server, caller);
    if (server.isClosed) return 'ERR Script stopped: the server has ended';
    if (!this.isKilled) return undefined;
    server.log('warning', 'Lua script killed by user with SCRIPT KILL.');
    return 'ERR Script killed by user with SCRIPT KILL...';
  }

  /** While its debugger waits for a command: others are heard. False once nobody is to be waited for any more. */
  isHeard(): boolean {
    const { server, session: caller } = this.call;
    if (performance.now() >= this.listenAt) this.listen(server, caller);
    return !server.isClosed && !this.isKilled;
  }

  private begin(duration: number): void {
    this.began = performance.now() - duration;
    const command = this.kind === 'script' ? 'SCRIPT KILL' : 'FUNCTION KILL';
    const found = `Slow script detected: still in execution after ${this.duration} milliseconds.`;
    const { server, session } = this.call;
    server.log(
      'warning',
      `${found} You can try killing the script using the ${command} command. Script name is: ${this.name}.`,
    );
    server.turn.releaseOthers(session.peer);
  }

  /** Looking at many sockets takes time: at most a tenth of the script's. */
  private listen(server: Server, caller: Session): void {
    const began = performance.now();
    for (const connection of server.listeners.connections) {
      if (connection.session !== caller) connection.readNow();
    }
    const ended = performance.now();
    this.listenAt = ended + Math.max(LISTEN_EVERY, (ended - began) * 10);
  }
}

/** SCRIPT KILL and FUNCTION KILL. */
export function killScript(script: RunningScript | undefined, kind: RunningScript['kind']): void {
  if (script === undefined) throw NOT_BUSY;
  if (script.hasWritten) throw UNKILLABLE;
  if (script.kind !== kind) throw script.busy;
  script.isKilled = true;
}

const NOT_BUSY = new CommandError('NOTBUSY No scripts in execution right now.');
const UNKILLABLE = new CommandError(
  'UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.',
);
const BUSY_SCRIPT = new CommandError(
  'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
);
const BUSY_FUNCTION = new CommandError(
  'BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.',
);
/** Milliseconds. */
const LISTEN_EVERY = 10;
