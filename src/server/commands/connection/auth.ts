import { createHash, timingSafeEqual } from 'node:crypto';
import { CommandError, errors } from '../../errors.js';
import type { Server } from '../../server.js';
import type { Session } from '../../session/session.js';
import type { CommandDeclaration } from '../command.js';

export const auth: CommandDeclaration = {
  name: 'auth',
  summary: 'Authenticate to the server',
  since: '1.0.0',
  group: 'connection',
  complexity: 'O(N) where N is the number of passwords defined for the user',
  arity: -2,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  run({ args, reply, session, server }) {
    if (args.count > 3) throw errors.syntax;
    if (args.count === 2 && server.settings.password === '') {
      throw new CommandError(
        'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
      );
    }
    const [user, password] = args.count === 2 ? ['default', args.text(1)] : [args.text(1), args.text(2)];
    authenticate(server, session, user, password);
    reply.ok();
  },
};

/** AUTH's and HELLO's check; WRONGPASS when it fails. */
export function authenticate(server: Server, session: Session, user: string, password: string): void {
  const expected = server.settings.password;
  // Compared in constant time, whatever the lengths, over digests.
  const same = timingSafeEqual(digest(password), digest(expected));
  if (user !== 'default' || (expected !== '' && !same)) {
    throw new CommandError('WRONGPASS invalid username-password pair or user is disabled.');
  }
  session.authenticated = true;
  session.user = user;
  session.refresh();
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'latin1').digest();
}
