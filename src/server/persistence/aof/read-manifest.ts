import type { Server } from '../../server.js';
import type { AofDirectory } from './aof-directory.js';
import { AofError } from './aof-error.js';
import { type Manifest, ManifestError } from './manifest.js';

/** The manifest there is, or an empty one. Throws AofError, with its line in the log, when it is not sound. */
export function readManifest({ log }: Server, directory: AofDirectory): Manifest {
  try {
    return directory.readManifest();
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    log('warning', '\n*** FATAL AOF MANIFEST FILE ERROR ***\n');
    if (error.line !== undefined) {
      log('warning', `Reading the manifest file, at line ${error.line}\n`);
      log('warning', `>>> '${error.text}'\n`);
    }
    log('warning', `${error.message}\n`);
    throw new AofError(error.message);
  }
}

/** Moves an append-only file of Redis before 7.0, if there is one, into the folder. */
export function takeOver({ configuration, log }: Server, directory: AofDirectory): Manifest | undefined {
  const manifest = directory.takeOver();
  if (manifest === undefined) return undefined;
  const folder = configuration.get('appenddirname') ?? '';
  log(
    'notice',
    `Successfully migrated an old-style AOF file (${directory.prefix}) into the AOF directory (${folder}).`,
  );
  return manifest;
}
