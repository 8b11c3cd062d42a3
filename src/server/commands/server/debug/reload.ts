import { CommandError } from '../../../errors.js';
import { RdbError } from '../../../persistence/rdb/types.js';
import type { Call } from '../../call.js';

/**
 * DEBUG RELOAD: saves the data, drops it and loads it again; NOSAVE loads what was saved before, NOFLUSH keeps what is
 * there, MERGE replaces it. Without files the data makes the round trip in memory.
 */
export function debugReload(call: Call): void {
  const { args, reply, server } = call;
  const { persistence, keyspace } = server;
  const options = new Set(args.texts(2).map((word) => word.toLowerCase()));
  for (const option of options) if (!OPTIONS.has(option)) throw UNKNOWN_OPTION;
  let bytes: Buffer | undefined;
  if (!persistence.keepsFiles) {
    if (options.has('nosave')) throw new CommandError('ERR This server has no file to load');
    bytes = Buffer.concat([...persistence.snapshot().pieces()]);
  } else if (!options.has('nosave') && !persistence.saveNow()) throw new CommandError('ERR');
  if (!options.has('noflush')) {
    keyspace.flush(keyspace.databases);
    server.scripts?.functions.flush();
  }
  try {
    persistence.loadNow(bytes, { merge: options.has('merge') });
  } catch (error) {
    if (!(error instanceof RdbError)) throw error;
    server.log('warning', `Internal error in RDB: ${error.message}`);
    throw new CommandError('ERR Error trying to load the RDB dump, check server logs.');
  }
  server.log('warning', 'DB reloaded by DEBUG RELOAD');
  reply.ok();
}

const UNKNOWN_OPTION = new CommandError('ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.');
const OPTIONS: ReadonlySet<string> = new Set(['merge', 'noflush', 'nosave']);
