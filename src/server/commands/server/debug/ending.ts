import { logCrash } from '../../../crash-report.js';
import type { Call } from '../../call.js';

/**
 * DEBUG ASSERT, OOM, PANIC and SEGFAULT: the server ends as if it had crashed, without an answer and without saving; for
 * tests of what others do then.
 */
export function crash({ args, server }: Call): void {
  const way = args.text(1).toUpperCase();
  logCrash(server, way === 'SEGFAULT' ? 'signal: SIGSEGV' : `DEBUG ${way}`);
  server.giveUp(`DEBUG ${way}: the server ends as it was told to`);
}
