import type { StreamValue } from '../../data/stream-value.js';
import { errors } from '../../errors.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import { Type } from '../../keyspace/value.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { TrimOptions } from './trim-options.js';

export const xtrim: CommandDeclaration = {
  name: 'xtrim',
  summary: "Trims the stream to (approximately if '~' is passed) a certain size",
  since: '5.0.0',
  group: 'stream',
  complexity:
    'O(N), with N being the number of evicted entries. Constant times are very small however, since entries are organized in macro nodes containing multiple entries that can be released with a single deallocation.',
  history: ['6.2.0 Added the `MINID` trimming strategy and the `LIMIT` option.'],
  arguments: [
    'key#0',
    `trim(
      strategy(MAXLEN | MINID@6.2.0),
      [operator(equal"=" | approximately"~")],
      threshold,
      [LIMIT count:integer@6.2.0]
    )`,
  ],
  arity: -4,
  flags: ['write'],
  keys: oneKey,
  run(call) {
    const { args, server, reply } = call;
    const options = new TrimOptions();
    for (let i = 2; i < args.count; i++) {
      const last = options.read(args, i);
      if (last === undefined) throw errors.syntax;
      i = last;
    }
    const trim = options.trim(call, true);
    const stream = call.write<StreamValue>(1, Type.stream);
    const deleted = (trim && stream?.trim(trim)) ?? 0;
    if (stream && deleted > 0) {
      call.changed(1, NOTIFY.stream, 'xtrim', deleted);
      if (server.effects.listened) call.propagate(...options.exactly(args.texts(), stream));
    }
    reply.integer(deleted);
  },
};
