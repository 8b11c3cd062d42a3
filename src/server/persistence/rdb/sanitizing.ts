import type { Server } from '../../server.js';
import type { Session } from '../../session/session.js';

/**
 * Whether `sanitize-dump-payload` has the whole of a value looked through, so that what is wrong with it is refused: what a
 * client sends (`session`), or what a file or a primary's snapshot holds.
 */
export function isSanitized({ configuration, keyspace }: Server, session?: Session): boolean {
  const extent = configuration.get('sanitize-dump-payload');
  if (extent !== 'clients') return extent === 'yes';
  return session !== undefined && !session.isPrimary && !keyspace.isLoading && session.user.sanitizePayload !== false;
}
