import type { ReplySink } from '../../../resp/sink.js';
import { FLAGS, type Instance, OtherSentinel, Primary, Replica } from '../../sentinel/instance.js';
import type { Sentinel } from '../../sentinel/sentinel.js';

type Field = readonly [name: string, value: string | number];

/** An instance as SENTINEL MASTER, REPLICAS and SENTINELS tell it. */
export function describeInstance(reply: ReplySink, sentinel: Sentinel, instance: Instance): void {
  const fields = [...commonFields(sentinel, instance), ...ownFields(sentinel, instance)];
  reply.map(fields.length);
  for (const [name, value] of fields) {
    reply.bulk(name);
    reply.bulk(String(value));
  }
}

/** All of them, in an array; replicas that do not want to be known (`replica-announced no`) are left out. */
export function describeInstances(reply: ReplySink, sentinel: Sentinel, instances: Iterable<Instance>): void {
  const shown = [...instances].filter((one) => !(one instanceof Replica) || one.isAnnounced);
  reply.array(shown.length);
  for (const instance of shown) describeInstance(reply, sentinel, instance);
}

function commonFields({ events, now }: Sentinel, instance: Instance): Field[] {
  const { link, name, address, runId, primary } = instance;
  const isPrimary = instance instanceof Primary;
  return [
    ['name', name],
    ['ip', events.announced(address)],
    ['port', address.port],
    ['runid', runId],
    ['flags', flagsOf(instance)],
    ['link-pending-commands', link.pending],
    ['link-refcount', link.users],
    ...ifIt(isPrimary && instance.isInFailover, 'failover-state', primary.failoverState),
    ['last-ping-sent', link.pingPendingSince === 0 ? 0 : now - link.pingPendingSince],
    ['last-ok-ping-reply', now - link.availableAt],
    ['last-ping-reply', now - link.pongAt],
    ...ifIt(instance.is('s_down'), 's-down-time', now - instance.downSince),
    ...ifIt(instance.is('o_down'), 'o-down-time', now - primary.objectivelyDownSince),
    ['down-after-milliseconds', primary.downAfter],
  ];
}

function flagsOf(instance: Instance): string {
  const down = FLAGS.slice(0, 2).filter((flag) => instance.is(flag));
  const rest = FLAGS.slice(2).filter((flag) => instance.is(flag));
  const connection = instance.link.isDisconnected ? ['disconnected'] : [];
  return [...down, instance.kind, ...connection, ...rest].join(',');
}

function ownFields({ now }: Sentinel, instance: Instance): readonly Field[] {
  if (instance instanceof OtherSentinel) {
    return [
      ['last-hello-message', now - instance.helloAt],
      ['voted-leader', instance.leader ?? '?'],
      ['voted-leader-epoch', instance.leaderEpoch],
    ];
  }
  const reported: Field[] = [
    ['info-refresh', instance.infoAt === 0 ? 0 : now - instance.infoAt],
    ['role-reported', instance.roleReported === 'master' ? 'master' : 'slave'],
    ['role-reported-time', now - instance.roleReportedAt],
  ];
  return [...reported, ...(instance instanceof Primary ? primaryFields(instance) : replicaFields(instance))];
}

function primaryFields(primary: Primary): readonly Field[] {
  const { notificationScript = '', reconfigurationScript = '' } = primary;
  return [
    ['config-epoch', primary.configEpoch],
    ['num-slaves', primary.replicas.size],
    ['num-other-sentinels', primary.sentinels.size],
    ['quorum', primary.quorum],
    ['failover-timeout', primary.failoverTimeout],
    ['parallel-syncs', primary.parallelSyncs],
    ...ifIt(notificationScript !== '', 'notification-script', notificationScript),
    ...ifIt(reconfigurationScript !== '', 'client-reconfig-script', reconfigurationScript),
  ];
}

function replicaFields(replica: Replica): readonly Field[] {
  return [
    ['master-link-down-time', replica.primaryLinkDownFor],
    ['master-link-status', replica.primaryLinkIsUp ? 'ok' : 'err'],
    ['master-host', replica.primaryHost ?? '?'],
    ['master-port', replica.primaryPort],
    ['slave-priority', replica.priority],
    ['slave-repl-offset', replica.offset],
    ['replica-announced', replica.isAnnounced ? 1 : 0],
  ];
}

function ifIt(holds: boolean, name: string, value: string | number): Field[] {
  return holds ? [[name, value]] : [];
}
