import { parseMemory } from '../../../configuration/value-types.js';
import { CommandError } from '../../../errors.js';
import type { Call } from '../../call.js';

/** DEBUG's subcommands that change how the server works. */

export function setActiveExpire({ args, reply, server }: Call): void {
  server.settings.activeExpire = args.text(2) !== '0';
  reply.ok();
}

export function pauseCron({ args, reply, server }: Call): void {
  server.cyclePaused = args.text(2) !== '0';
  reply.ok();
}

export function setSkipChecksums({ args, reply, server }: Call): void {
  server.skipChecksums = Number.parseInt(args.text(2), 10) !== 0;
  reply.ok();
}

export function allowAllInScripts({ args, reply, server }: Call): void {
  server.allowAllInScripts = Number.parseInt(args.text(2), 10) !== 0;
  reply.ok();
}

/** From which size on an element of a list is a node of its own; 0: the default. */
export function setPackedThreshold({ args, reply, server }: Call): void {
  const bytes = parseMemory(args.text(2));
  if (bytes === undefined || bytes > 2n ** 32n - 2n ** 20n) {
    throw new CommandError('ERR argument must be a memory value bigger than 1 and smaller than 4gb');
  }
  server.settings.listPackedThreshold = bytes === 0n ? 2 ** 30 : Number(bytes);
  reply.ok();
}
