import { CommandError } from '../../errors.js';
import type { DebugSession } from '../../scripting/debugger/console.js';
import type { RunningScript } from '../../session/busy.js';
import { SocketConsole } from '../../session/debug-console.js';
import type { Session } from '../../session/session.js';
import type { Call } from '../call.js';

/** For the script that the call runs, where SCRIPT DEBUG SYNC was said before. */
export function debugSession(call: Call, script: RunningScript): DebugSession | undefined {
  const { session, args } = call;
  if (!session.debugsScripts) return undefined;
  refuseWithoutSocket(session);
  const { socket } = session.peer;
  if (socket!.buffered > 0) throw IN_A_PIPELINE;
  // Its end is the end of the session.
  session.closing = true;
  const console = new SocketConsole(socket!, () => script.isHeard());
  return {
    console,
    source: args
      .text(1)
      .replace(/[\r\n]+$/, '')
      .split('\n'),
  };
}

/** The lines of a script that was loaded before are not at hand. */
export function refuseByName({ session }: Call): void {
  if (session.debugsScripts) throw BY_NAME;
}

/** Bytes are read beside the event loop: not through TLS, and not from a caller in this process. */
export function refuseWithoutSocket({ peer }: Session): void {
  if (peer.socket === undefined || !peer.socket.isPlain) throw NO_SOCKET;
}

export const IN_A_PIPELINE = new CommandError('ERR SCRIPT DEBUG must be called outside a pipeline');
const BY_NAME = new CommandError('ERR Please use EVAL instead of EVALSHA for debugging');
const NO_SOCKET = new CommandError('ERR scripts are debugged over connections without TLS only');
