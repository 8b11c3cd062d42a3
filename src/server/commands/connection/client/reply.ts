import { errors } from '../../../errors.js';
import type { CommandDeclaration } from '../../command.js';

export const reply: CommandDeclaration = {
  name: 'reply',
  summary: 'Instruct the server whether to reply to commands',
  since: '3.2.0',
  group: 'connection',
  complexity: 'O(1)',
  arguments: ['on_off_skip(ON | OFF | SKIP)'],
  arity: 3,
  flags: ['noscript', 'loading', 'stale'],
  run({ args, session }) {
    switch (args.word(2)) {
      case 'on':
        session.replyMode = 'on';
        // Past the silence that this command itself was still in.
        session.reply.ok();
        break;
      case 'off':
        session.replyMode = 'off';
        break;
      case 'skip':
        if (session.replyMode !== 'off') session.replyMode = 'skip-next';
        break;
      default:
        throw errors.syntax;
    }
    session.refresh();
  },
};
