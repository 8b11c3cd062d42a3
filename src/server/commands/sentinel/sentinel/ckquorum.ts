import { CommandError } from '../../../errors.js';
import { namedPrimary, sentinelCommand } from '../with-sentinel.js';

export const ckquorum = sentinelCommand(
  {
    name: 'ckquorum',
    summary: 'Check for a Sentinel quorum',
    since: '2.8.4',
    arity: 3,
    arguments: ['master-name'],
  },
  (call, sentinel) => {
    const { sentinels, quorum } = namedPrimary(call, sentinel);
    const usable = 1 + [...sentinels.values()].filter((other) => !other.is('s_down')).length;
    const majority = Math.floor((sentinels.size + 1) / 2) + 1;
    const missing = [
      ...(usable < quorum ? ['Not enough available Sentinels to reach the specified quorum for this master'] : []),
      ...(usable < majority ? ['Not enough available Sentinels to reach the majority and authorize a failover'] : []),
    ];
    if (missing.length > 0) throw new CommandError(`NOQUORUM ${usable} usable Sentinels. ${missing.join('. ')}`);
    call.reply.simple(`OK ${usable} usable Sentinels. Quorum and failover authorization can be reached`);
  },
);
