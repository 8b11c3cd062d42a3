import type { ByteString } from '../../../resp/args.js';

/** Who debugs a script: asked and answered while it stands still, so both wait until they are done. */
export interface DebugConsole {
  /** What there is to tell, one line each. */
  send(lines: readonly ByteString[]): void;
  /** The words of the next command; undefined when nobody is there any more. Throws ProtocolError. */
  read(): readonly ByteString[] | undefined;
}

/** A session: the console, and the script's lines. */
export interface DebugSession {
  readonly console: DebugConsole;
  readonly source: readonly ByteString[];
}
