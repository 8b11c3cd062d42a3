import type { Primary } from '../../sentinel/instance.js';
import type { Server } from '../../server.js';
import type { CommandDeclaration } from '../command.js';
import { info as plainInfo } from '../server/info/index.js';
import type { InfoFields, InfoSection } from '../server/info/sections.js';
import { infoSections } from '../server/info/sections.js';
import { infoText } from '../server/info/text.js';

/** INFO of a sentinel: what it has sections for, and one of its own. */
export const info: CommandDeclaration = {
  ...plainInfo,
  run({ args, reply, server }) {
    const wanted = new Set(args.texts(1).map((word) => word.toLowerCase()));
    if (wanted.size === 0) wanted.add('default');
    // Plain in RESP3 too, as Redis has it.
    reply.bulk(infoText(server, wanted, sections));
  },
};

const OF_ANY_SERVER: ReadonlySet<string> = new Set(['server', 'clients', 'stats', 'cpu']);

const sections: readonly InfoSection[] = [
  ...infoSections.filter(({ name }) => OF_ANY_SERVER.has(name)),
  { name: 'sentinel', title: 'Sentinel', usual: true, fields: sentinelFields },
];

function sentinelFields({ sentinel }: Server): InfoFields {
  const { primaries, tiltedSince, now, scripts, simulated, events } = sentinel!;
  const describe = ({ name, address, replicas, sentinels }: Primary, status: string) =>
    `name=${name},status=${status},address=${events.announced(address)}:${address.port},` +
    `slaves=${replicas.size},sentinels=${sentinels.size + 1}`;
  return [
    ['sentinel_masters', primaries.size],
    ['sentinel_tilt', tiltedSince === undefined ? 0 : 1],
    ['sentinel_tilt_since_seconds', tiltedSince === undefined ? -1 : Math.floor((now - tiltedSince) / 1000)],
    ['sentinel_running_scripts', scripts.running],
    ['sentinel_scripts_queue_length', scripts.jobs.length],
    [
      'sentinel_simulate_failure_flags',
      (simulated.crashAfterElection ? 1 : 0) + (simulated.crashAfterPromotion ? 2 : 0),
    ],
    ...[...primaries.values()].map((primary, i) => [`master${i}`, describe(primary, statusOf(primary))] as const),
  ];
}

function statusOf(primary: Primary): string {
  if (primary.is('o_down')) return 'odown';
  return primary.is('s_down') ? 'sdown' : 'ok';
}
