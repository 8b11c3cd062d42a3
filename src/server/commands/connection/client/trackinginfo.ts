import type { Tracked } from '../../../tracking/tracked.js';
import type { CommandDeclaration } from '../../command.js';

export const trackinginfo: CommandDeclaration = {
  name: 'trackinginfo',
  summary: 'Return information about server assisted client side caching for the current connection',
  since: '6.2.0',
  group: 'connection',
  complexity: 'O(1)',
  arity: 2,
  flags: ['noscript', 'loading', 'stale'],
  run({ reply, session: { tracked } }) {
    const flags = flagsOf(tracked);
    reply.map(3);
    reply.bulk('flags');
    reply.set(flags.length);
    for (const flag of flags) reply.bulk(flag);
    reply.bulk('redirect');
    reply.integer(tracked ? (tracked.redirect?.id ?? 0) : -1);
    reply.bulk('prefixes');
    const prefixes = [...(tracked?.prefixes ?? [])].sort();
    reply.array(prefixes.length);
    for (const prefix of prefixes) reply.bulk(prefix);
  },
};

function flagsOf(tracked: Tracked | undefined): string[] {
  if (tracked === undefined) return ['off'];
  const { broadcast, optIn, optOut, caching, noLoop, broken } = tracked;
  const flags = [
    'on',
    broadcast && 'bcast',
    optIn && 'optin',
    optIn && caching && 'caching-yes',
    optOut && 'optout',
    optOut && caching && 'caching-no',
    noLoop && 'noloop',
    broken && 'broken_redirect',
  ];
  return flags.filter((flag) => typeof flag === 'string');
}
