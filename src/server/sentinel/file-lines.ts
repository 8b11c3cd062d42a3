import type { FileLine } from '../configuration/configuration.js';
import { quoted } from '../quoted.js';
import { sameAddress } from './address.js';
import type { Primary } from './instance.js';
import type { Sentinel } from './sentinel.js';

type Word = string | number;

/** What a sentinel knows, as lines of its configuration file: it goes on there when it is started again. */
export function sentinelLines(sentinel: Sentinel): FileLine[] {
  const { settings } = sentinel;
  return [
    line('myid', [sentinel.myId]),
    line('deny-scripts-reconfig', [yesNo(settings.deniesScripts)], !settings.deniesScripts),
    line('resolve-hostnames', [yesNo(settings.resolveHostnames)], settings.resolveHostnames),
    line('announce-hostnames', [yesNo(settings.announceHostnames)], settings.announceHostnames),
    ...[...sentinel.primaries.values()].flatMap((primary) => primaryLines(sentinel, primary)),
    line('current-epoch', [sentinel.currentEpoch]),
    // In quotes, as Redis writes it.
    ...(settings.announceIp === '' ? [] : [{ ...line('announce-ip', []), value: quoted(settings.announceIp) }]),
    ...ifTold('announce-port', settings.announcePort),
    ...ifTold('sentinel-user', settings.user),
    ...ifTold('sentinel-pass', settings.password),
  ];
}

function primaryLines(sentinel: Sentinel, primary: Primary): FileLine[] {
  const { events, timing } = sentinel;
  const { name, currentAddress, downAfter, failoverTimeout, parallelSyncs } = primary;
  const of = (directive: string, ...words: readonly Word[]) => line(directive, [name, ...words]);
  const unless = (directive: string, value: number, initial: number) =>
    value === initial ? [] : [of(directive, value)];
  const told = (directive: string, value: string | undefined) => (value === undefined ? [] : [of(directive, value)]);
  // The promoted replica is the primary already; the old primary is a replica in its place.
  const replicas = [...primary.replicas.values()].map(({ address }) =>
    sameAddress(address, currentAddress) ? primary.address : address,
  );
  return [
    of('monitor', events.announced(currentAddress), currentAddress.port, primary.quorum),
    ...unless('down-after-milliseconds', downAfter, timing.defaultDownAfter),
    ...unless('failover-timeout', failoverTimeout, timing.defaultFailoverTimeout),
    ...unless('parallel-syncs', parallelSyncs, 1),
    ...told('notification-script', primary.notificationScript),
    ...told('client-reconfig-script', primary.reconfigurationScript),
    ...told('auth-pass', primary.password),
    ...told('auth-user', primary.user),
    ...unless('master-reboot-down-after-period', primary.rebootDownAfter, 0),
    of('config-epoch', primary.configEpoch),
    of('leader-epoch', primary.leaderEpoch),
    ...replicas.map((address) => of('known-replica', events.announced(address), address.port)),
    ...[...primary.sentinels.values()].map(({ address, runId }) =>
      of('known-sentinel', events.announced(address), address.port, runId),
    ),
    ...[...primary.renamed.values()].map(({ command, name }) => of('rename-command', command, name)),
  ];
}

function line(directive: string, words: readonly Word[], isNeeded = true): FileLine {
  return { name: `sentinel ${directive}`, value: words.map(asWord).join(' '), isNeeded };
}

function ifTold(directive: string, value: Word): FileLine[] {
  return value === '' || value === 0 ? [] : [line(directive, [value])];
}

function asWord(word: Word): string {
  const text = String(word);
  return /^[\w!#-&(-~]+$/.test(text) ? text : quoted(text);
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no';
}
