import type { CommandDeclaration } from '../../command.js';
import { helpCommand } from '../../help.js';
import { channels } from './channels.js';
import { numpat } from './numpat.js';
import { numsub } from './numsub.js';
import { shardchannels } from './shardchannels.js';
import { shardnumsub } from './shardnumsub.js';

const help = helpCommand(
  'pubsub',
  '6.2.0',
  'pubsub',
  `
CHANNELS [<pattern>]
    Return the currently active channels matching a <pattern> (default: '*').
NUMPAT
    Return number of subscriptions to patterns.
NUMSUB [<channel> ...]
    Return the number of subscribers for the specified channels, excluding
    pattern subscriptions(default: no channels).
SHARDCHANNELS [<pattern>]
    Return the currently active shard level channels matching a <pattern> (default: '*').
SHARDNUMSUB [<shardchannel> ...]
    Return the number of subscribers for the specified shard level channel(s)
`,
);

export const pubsub: CommandDeclaration = {
  name: 'pubsub',
  summary: 'A container for Pub/Sub commands',
  since: '2.8.0',
  group: 'pubsub',
  complexity: 'Depends on subcommand.',
  arity: -2,
  flags: [],
  subcommands: [channels, help, numpat, numsub, shardchannels, shardnumsub],
};
