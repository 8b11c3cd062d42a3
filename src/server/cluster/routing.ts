import type { Args, ByteString } from '../../resp/args.js';
import { slotOfBytes } from '../../resp/key-slot.js';
import { type CommandDeclaration, keyPlaces } from '../commands/command.js';
import { CommandError } from '../errors.js';
import { actualFlags } from '../session/actual-flags.js';
import type { Session } from '../session/session.js';
import type { Cluster } from './cluster.js';
import type { ClusterNode } from './node.js';

/** A command that this node does not run, since its keys are not here: EXEC, too, is answered with it as it is. */
export class RoutingError extends CommandError {
  constructor(
    readonly reason: 'cross-slot' | 'unstable' | 'ask' | 'moved' | 'down' | 'down-for-writes' | 'unbound',
    message: string,
  ) {
    super(message);
  }
}

/** What a command, or all commands of a transaction, ask for. */
interface Request {
  readonly name: string;
  readonly isShardChannel: boolean;
  readonly writes: boolean;
  readonly asks: boolean;
  readonly parts: readonly { readonly command: CommandDeclaration; readonly args: Args }[];
}

interface Keys {
  /** -1: there are none. */
  slot: number;
  /** More than one. */
  several: boolean;
  missing: number;
  there: number;
}

/**
 * Why a client's command is not for this node; undefined where it is. Keys have to be in one slot, and the slot has to be
 * this node's, or its primary's where the client is content to read from a replica (READONLY); while a slot is on its way,
 * keys are where they are.
 */
export function refuseByRoute(
  cluster: Cluster,
  session: Session,
  command: CommandDeclaration,
  args: Args,
): RoutingError | undefined {
  if (command.keys === undefined && command.name !== 'exec') return undefined;
  const request = requestOf(cluster, session, command, args);
  return request && refusal(cluster, session, request);
}

/** Before each command: ASKING is for the one that follows, or for the transaction that it begins. */
export function advanceAsking(session: Session): void {
  if (session.asking === 'no') return;
  session.asking = session.asking === 'next' || session.transaction !== undefined ? 'now' : 'no';
}

function requestOf(cluster: Cluster, session: Session, command: CommandDeclaration, args: Args): Request | undefined {
  const { server } = cluster;
  const { name } = command;
  const isShardChannel = SHARD_CHANNELS.has(name);
  if (name !== 'exec') {
    const flags = actualFlags(server, command, args);
    const [writes, asks] = [flags.includes('write'), flags.includes('asking')];
    return { name, isShardChannel, writes, asks, parts: [{ command, args }] };
  }
  const { transaction } = session;
  if (transaction === undefined) return undefined;
  const parts = transaction.queue.map((queued) => ({ command: server.commands.find(queued)!, args: queued }));
  return { name, isShardChannel, writes: transaction.writes === true, asks: false, parts };
}

function refusal(cluster: Cluster, session: Session, request: Request): RoutingError | undefined {
  const { table, health, settings } = cluster;
  const keys: Keys = { slot: -1, several: false, missing: 0, there: 0 };
  const unbound = collect(cluster, request, keys);
  if (unbound !== undefined) return unbound;
  const { slot } = keys;
  if (slot < 0) return undefined;
  if (!health.isOk) {
    if (request.isShardChannel) {
      if (!settings.allowsShardChannelsWhenDown) return DOWN;
    } else if (!settings.allowsReadsWhenDown) return DOWN;
    else if (request.writes) return DOWN_FOR_WRITES;
  }
  const owner = table.owners[slot]!;
  const target = owner === table.myself ? table.migrating.get(slot) : undefined;
  const isImporting = target === undefined && table.importing.has(slot);
  if ((target !== undefined || isImporting) && request.name === 'migrate') return undefined;
  if (target !== undefined && keys.missing > 0) {
    if (keys.there > 0) return UNSTABLE;
    return target === table.myself ? undefined : redirect(cluster, 'ASK', slot, target);
  }
  if (isImporting && (session.asking !== 'no' || request.asks)) {
    return keys.several && keys.missing > 0 ? UNSTABLE : undefined;
  }
  if (owner === table.myself) return undefined;
  const mayRead = (session.readsReplica || request.isShardChannel) && !request.writes;
  if (mayRead && table.myself.isReplica && table.myself.primary === owner) return undefined;
  return redirect(cluster, 'MOVED', slot, owner);
}

/** Notes all keys; an error where they are of different slots, or of one that nobody has. */
function collect(cluster: Cluster, { parts, isShardChannel }: Request, keys: Keys): RoutingError | undefined {
  const { table, server } = cluster;
  const db = server.keyspace.databases[0]!;
  let first: ByteString | undefined;
  let isOpen = false;
  for (const { command, args } of parts) {
    for (const place of keyPlaces(command.keys, args)) {
      const slot = slotAt(args, place);
      if (first === undefined) {
        first = args.text(place);
        keys.slot = slot;
        if (table.owners[slot] === undefined) return UNBOUND;
        isOpen = !isShardChannel && (table.migrating.has(slot) || table.importing.has(slot));
      } else if (slot !== keys.slot) return CROSS_SLOT;
      else if (args.text(place) !== first) keys.several = true;
      if (!isOpen) continue;
      const key = args.text(place);
      if (db.has(key) && !db.isStale(key)) keys.there++;
      else keys.missing++;
    }
  }
  return undefined;
}

export function slotAt(args: Args, place: number): number {
  const start = args.start(place);
  return slotOfBytes(args.buffer, start, start + args.length(place));
}

export function redirect(cluster: Cluster, kind: 'ASK' | 'MOVED', slot: number, node: ClusterNode): RoutingError {
  const reason = kind === 'ASK' ? 'ask' : 'moved';
  return new RoutingError(reason, `${kind} ${slot} ${preferredEndpoint(cluster, node)}:${node.port}`);
}

/** What clients are told to connect to: by `cluster-preferred-endpoint-type`. */
export function preferredEndpoint({ settings }: Cluster, node: ClusterNode): string {
  switch (settings.endpointType) {
    case 'ip':
      return node.ip;
    case 'hostname':
      return node.hostname === '' ? '?' : node.hostname;
    case 'unknown-endpoint':
      return '';
  }
}

const SHARD_CHANNELS: ReadonlySet<string> = new Set(['ssubscribe', 'sunsubscribe', 'spublish']);

const CROSS_SLOT = new RoutingError('cross-slot', "CROSSSLOT Keys in request don't hash to the same slot");
const UNSTABLE = new RoutingError('unstable', 'TRYAGAIN Multiple keys request during rehashing of slot');
export const DOWN = new RoutingError('down', 'CLUSTERDOWN The cluster is down');
const DOWN_FOR_WRITES = new RoutingError(
  'down-for-writes',
  'CLUSTERDOWN The cluster is down and only accepts read commands',
);
export const UNBOUND = new RoutingError('unbound', 'CLUSTERDOWN Hash slot not served');
