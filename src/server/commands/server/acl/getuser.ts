import type { ReplySink } from '../../../../resp/sink.js';
import type { CommandCategories } from '../../../access/command-categories.js';
import { describeChannels, describeCommands, describeKeys } from '../../../access/describe.js';
import type { Selector } from '../../../access/selector.js';
import type { CommandDeclaration } from '../../command.js';

export const getuser: CommandDeclaration = {
  name: 'getuser',
  summary: 'Get the rules for a specific ACL user',
  since: '6.0.0',
  group: 'server',
  complexity: 'O(N). Where N is the number of password, command and pattern rules that the user has.',
  history: [
    '6.2.0 Added Pub/Sub channel patterns.',
    '7.0.0 Added selectors and changed the format of key and channel patterns from a list to their rule representation.',
  ],
  arguments: ['username'],
  arity: 3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  run({ args, reply, server }) {
    const { users } = server;
    const user = users.get(args.text(2));
    if (user === undefined) {
      reply.nil();
      return;
    }
    reply.map(6);
    reply.bulk('flags');
    reply.set(user.flags.length);
    for (const flag of user.flags) reply.bulk(flag);
    reply.bulk('passwords');
    reply.array(user.passwords.length);
    for (const hash of user.passwords) reply.bulk(hash);
    describe(reply, user.root, users.commands);
    reply.bulk('selectors');
    reply.array(user.selectors.length);
    for (const selector of user.selectors) {
      reply.map(3);
      describe(reply, selector, users.commands);
    }
  },
};

function describe(reply: ReplySink, selector: Selector, commands: CommandCategories): void {
  reply.bulk('commands');
  reply.bulk(describeCommands(selector.commands, commands));
  reply.bulk('keys');
  reply.bulk(describeKeys(selector));
  reply.bulk('channels');
  reply.bulk(describeChannels(selector));
}
