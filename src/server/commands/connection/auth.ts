import { logEvent } from '../../access/log-denial.js';
import { CommandError, errors } from '../../errors.js';
import type { Call } from '../call.js';
import type { CommandDeclaration } from '../command.js';

export const auth: CommandDeclaration = {
  name: 'auth',
  summary: 'Authenticate to the server',
  since: '1.0.0',
  group: 'connection',
  complexity: 'O(N) where N is the number of passwords defined for the user',
  history: ['6.0.0 Added ACL style (username and password).'],
  arguments: ['[username@6.0.0]', 'password'],
  arity: -2,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  run(call) {
    const { args, reply, server } = call;
    if (args.count > 3) throw errors.syntax;
    if (args.count === 2 && server.users.default.noPassword) {
      throw new CommandError(
        'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
      );
    }
    if (args.count === 2) authenticate(call, 'default', args.text(1));
    else authenticate(call, args.text(1), args.text(2));
    reply.ok();
  },
};

/** AUTH's and HELLO's check; WRONGPASS when it fails, which ACL LOG tells too. */
export function authenticate(call: Call, name: string, password: string): void {
  const { server, session, args } = call;
  if (server.users.logIn(session, name, password)) return;
  const context = session.transaction ? 'multi' : 'toplevel';
  logEvent(call, { reason: 'auth', context, object: args.text(0), user: name });
  throw new CommandError('WRONGPASS invalid username-password pair or user is disabled.');
}
