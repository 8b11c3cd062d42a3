import { type CommandDeclaration, oneKey } from '../command.js';
import { readHash } from './access.js';

export const hgetall: CommandDeclaration = {
  name: 'hgetall',
  summary: 'Get all the fields and values in a hash',
  since: '2.0.0',
  group: 'hash',
  complexity: 'O(N) where N is the size of the hash.',
  arguments: ['key#0'],
  arity: 2,
  flags: ['readonly'],
  keys: oneKey,
  run(call) {
    const { reply, now } = call;
    const hash = readHash(call, 1);
    const size = hash?.size ?? 0;
    reply.map(hash?.liveSize(now) ?? 0);
    for (let place = 0; place < size; place++) {
      if (!hash!.isLive(place, now)) continue;
      hash!.replyField(place, reply);
      hash!.replyValue(place, reply);
    }
  },
};
