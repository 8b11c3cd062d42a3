import { ReplyError } from '../../resp/reply.js';
import type { ScriptHost } from '../scripting/redis-library.js';
import type { Server } from '../server.js';
import { RdbError } from './rdb/types.js';

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

/** A library that is loaded runs no commands. */
function loadingHost(server: Server): ScriptHost {
  return {
    call: () => new ReplyError('ERR redis.call is not allowed while a library is loaded'),
    log: (_level, message) => server.log('notice', message),
    permits: () => undefined,
    setPropagation: () => undefined,
  };
}
