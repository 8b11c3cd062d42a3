import { ReplyError } from '../../resp/reply.js';
import type { ScriptHost } from '../scripting/redis-library.js';
import type { Server } from '../server.js';
import { withFooter } from './rdb/dump-payload.js';
import { RdbInput } from './rdb/rdb-input.js';
import { RdbOutput } from './rdb/rdb-output.js';
import { Opcode, RdbError } from './rdb/types.js';

/** Loads a library from a file; RdbError where it is not sound. */
export function loadLibrary(server: Server, code: Uint8Array, replace: boolean): void {
  if (!server.scripts) throw new RdbError('scripts are not ready: the server was not started');
  try {
    server.scripts.functions.load(code, { replace, host: loadingHost(server) });
  } catch (error) {
    if (error instanceof ReplyError) throw new RdbError(`Failed creating the library: ${error.message}`);
    throw error;
  }
}

/** Puts libraries that were read from a file in the place of all there are. RdbError where one is not sound. */
export function loadLibraries(server: Server, codes: readonly Uint8Array[]): void {
  try {
    server.scripts?.functions.restore(codes, 'flush', loadingHost(server));
  } catch (error) {
    if (error instanceof ReplyError) throw new RdbError(`Failed creating the library: ${error.message}`);
    throw error;
  }
}

/** What FUNCTION DUMP answers: libraries as in an RDB file, with a footer as DUMP's. */
export function functionsPayload(codes: readonly Buffer[], compress: boolean): Buffer {
  const output = new RdbOutput(compress);
  for (const code of codes) {
    output.byte(Opcode.function);
    output.string(code);
  }
  return withFooter(output);
}

/** The libraries of a payload without its footer. Throws RdbError, worded for the reply. */
export function readFunctions(body: Buffer): Buffer[] {
  const input = new RdbInput(body);
  const codes: Buffer[] = [];
  while (input.remaining > 0) {
    if (input.byte() !== Opcode.function) throw new RdbError('given type is not a function');
    try {
      input.string();
    } catch {
      throw new RdbError('Failed loading library data');
    }
    codes.push(Buffer.from(input.heldBytes()));
  }
  return codes;
}

/** A library that is loaded runs no commands. */
function loadingHost(server: Server): ScriptHost {
  return {
    call: () => new ReplyError('ERR redis.call is not allowed while a library is loaded'),
    log: (_level, message) => server.log('notice', message),
    permits: () => undefined,
    setPropagation: () => undefined,
  };
}
