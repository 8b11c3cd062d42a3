import { CommandError } from '../../errors.js';
import type { Persistence } from '../../persistence/persistence.js';
import type { Server } from '../../server.js';

/** What SAVE and BGSAVE share: a server that keeps no files saves none. */
export function saving({ persistence }: Server): Persistence {
  if (!persistence.keepsFiles) throw noFiles;
  return persistence;
}

export const alreadySaving = new CommandError('ERR Background save already in progress');
const noFiles = new CommandError('ERR This server keeps its data in memory only: it was made without a "dir"');
