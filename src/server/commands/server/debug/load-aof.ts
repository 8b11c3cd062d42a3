import { CommandError } from '../../../errors.js';
import { AofError } from '../../../persistence/aof/aof-error.js';
import type { Call } from '../../call.js';

/** Empties the databases and reads the append-only file again, while others hear LOADING; in EXEC at once. */
export function debugLoadAof(call: Call): void {
  const { reply, server, session } = call;
  const { appendOnlyFile, blocking, dispatcher, log } = server;
  if (call.block([], 0, undefined)) {
    appendOnlyFile.reload().then(
      () => blocking.unblock(session, () => session.reply.ok()),
      (error: Error) => {
        if (!(error instanceof AofError)) log('warning', error.message);
        blocking.unblock(session, () => dispatcher.fail(session.reply, FAILED));
      },
    );
    return;
  }
  try {
    appendOnlyFile.reloadNow();
  } catch (error) {
    if (!(error instanceof AofError)) throw error;
    throw FAILED;
  }
  reply.ok();
}

const FAILED = new CommandError('ERR Error trying to load the AOF files, check server logs.');
