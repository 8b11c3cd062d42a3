import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cancel } from '../../core/clock.js';
import type { ByteString } from '../../resp/args.js';
import { SLOT_COUNT, slotOf } from '../../resp/key-slot.js';
import type { Server } from '../server.js';
import { BlockedClients } from './blocked-clients.js';
import { Bus } from './bus.js';
import { ClusterSettings } from './cluster-settings.js';
import { Election } from './election.js';
import { Handover } from './handover.js';
import { Health } from './health.js';
import { Heartbeat } from './heartbeat.js';
import { Mark, type MessageHead } from './messages.js';
import { ClusterNode, NodeFlag } from './node.js';
import { NodeTable } from './node-table.js';
import { formatNodesFile, parseNodesFile } from './nodes-file.js';
import { Receiver } from './receiver.js';
import { writeNodesFile } from './write-nodes-file.js';

/**
 * A node of a Redis Cluster (`cluster-enabled yes`): what it knows of the others, the bus by which they tell each other,
 * and what follows from that. Made by the server; everything here acts on its clock, ten times a second and whenever
 * something has come in. What has changed is written to the nodes file, and the cluster's health seen to, once at the
 * end of a turn of the event loop.
 */
export class Cluster {
  table: NodeTable;
  readonly settings: ClusterSettings;
  readonly health: Health;
  readonly bus: Bus;
  readonly election: Election;
  readonly handover: Handover;
  /** DEBUG DROP-CLUSTER-PACKET-FILTER: messages of this type are lost; -1: none are. */
  droppedType = -1;
  private readonly heartbeat: Heartbeat;
  private readonly blockedClients: BlockedClients;
  private due: Due = {};
  private isScheduled = false;
  /** As it was announced last. */
  private announcedIp = '';
  private readonly lostSlots = new Set<number>();
  private cancelCycle: Cancel = () => undefined;
  private isClosed = false;

  constructor(readonly server: Server) {
    this.settings = new ClusterSettings(server.configuration);
    this.table = this.watched(new NodeTable(this.createNode(NodeFlag.myself | NodeFlag.primary)));
    this.health = new Health(this);
    const receiver = new Receiver(this);
    this.bus = new Bus(this, (link, message) => receiver.receive(link, message));
    this.election = new Election(this);
    this.handover = new Handover(this);
    this.heartbeat = new Heartbeat(this);
    this.blockedClients = new BlockedClients(this);
    for (const name of ANNOUNCED) server.configuration.whenSet(name, () => this.updateMyself());
  }

  get now(): number {
    return this.server.clock.now();
  }

  get myself(): ClusterNode {
    return this.table.myself;
  }

  createNode(flags: number, name = this.randomName()): ClusterNode {
    return new ClusterNode(name, flags, this.now);
  }

  randomName(): string {
    return this.server.random.bytes(20).toString('hex');
  }

  /** Reads the nodes file, where there is one, and begins to act. Throws NodesFileError. */
  open(): void {
    const { log, persistence } = this.server;
    const loaded = persistence.keepsFiles ? this.readFile() : undefined;
    if (loaded === undefined) {
      log('notice', `No cluster configuration found, I'm ${this.myself.name}`);
      this.later({ save: true });
    } else {
      this.adopt(loaded);
      log('notice', `Node configuration loaded, I'm ${this.myself.name}`);
    }
    this.updateMyself();
    this.scheduleCycle();
  }

  /** Takes what a nodes file says for the truth, and serves at once: the cluster is known to be whole. */
  form(nodes: string): void {
    this.rejoin(nodes);
    this.health.begin();
  }

  /** Goes on with what a nodes file says it knew before, as it does when it is started with that file. */
  rejoin(nodes: string): void {
    this.adopt(parseNodesFile(nodes, this.now)!);
    this.updateMyself();
    this.followPrimary();
    this.heartbeat.connect();
  }

  private adopt(table: NodeTable): void {
    this.table = this.watched(table);
    const { primary } = table.myself;
    // So that data that is loaded from a file goes on where it was.
    if (primary !== undefined && primary.ip !== '') this.server.settings.primary = `${primary.ip} ${primary.port}`;
  }

  private watched(table: NodeTable): NodeTable {
    table.whenLost = (slot) => {
      if (this.server.pubsub.shardChannels.size === 0) return;
      this.lostSlots.add(slot);
      this.later({});
    };
    return table;
  }

  /** How this node is reached, as far as the directives and its sockets tell; the rest others tell it. */
  updateMyself(): void {
    const { myself, settings, server, bus } = this;
    const { ip, port, busPort, hostname } = settings.announced;
    if (ip !== '') myself.ip = ip;
    else if (this.announcedIp !== '') myself.ip = '';
    this.announcedIp = ip;
    const own = server.listeners.port || Number(server.configuration.get('port'));
    myself.port = port || own;
    myself.busPort = busPort || bus.port || this.busPortFor(own);
    myself.hostname = hostname;
    const flags = myself.flags;
    if (settings.noFailover) myself.set(NodeFlag.noFailover);
    else myself.unset(NodeFlag.noFailover);
    if (myself.flags !== flags) this.later({ save: true, health: true });
  }

  /** Where the bus is, when clients are at `port`. */
  busPortFor(port: number): number {
    return this.settings.busPort || port + BUS_PORT_OFFSET;
  }

  /** How far the data of this node is. */
  get offset(): number {
    const { replication } = this.server;
    if (!this.myself.isReplica) return replication.offset;
    const { following } = replication;
    return following.database === undefined ? 0 : (following.stream?.offset ?? replication.offset);
  }

  /** What every message begins with. */
  head(marks = 0): MessageHead {
    const { table, myself, settings, health } = this;
    const shard = table.shardPrimary ?? myself;
    const isPaused = myself.isPrimary && this.handover.isUnderWay;
    return {
      currentEpoch: table.currentEpoch,
      configEpoch: shard.configEpoch,
      offset: this.offset,
      sender: myself.name,
      slots: shard.slots.bits,
      primary: myself.primary?.name ?? '',
      ip: settings.announced.ip,
      port: myself.port,
      plainPort: myself.plainPort,
      busPort: myself.busPort,
      flags: myself.flags,
      state: health.isOk ? 0 : 1,
      marks: marks | (isPaused ? Mark.paused : 0),
    };
  }

  /** To be seen to at the end of this turn of the event loop. */
  later(due: Due): void {
    this.due = { ...this.due, ...due };
    if (this.isScheduled || this.isClosed) return;
    this.isScheduled = true;
    setImmediate(() => this.settle());
  }

  private settle(): void {
    this.isScheduled = false;
    if (this.isClosed) return;
    const { due } = this;
    this.due = {};
    if (this.myself.isReplica && due.handover) this.handover.proceed();
    if (due.failover || due.handover) this.election.stand();
    if (due.health) this.health.update();
    if (due.save) this.save(due.surely === true);
    this.leaveLostChannels();
  }

  /** Writes the nodes file, `surely` through to the disk; answers why it could not. */
  saveNow(surely: boolean): string | undefined {
    if (!this.server.persistence.keepsFiles) return undefined;
    try {
      writeNodesFile(this.path, formatNodesFile(this.table), surely);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** A node that cannot remember whom it has voted for must not go on. */
  save(surely = true): void {
    const problem = this.saveNow(surely);
    if (problem === undefined) return;
    // What it could not note, nobody may hear of.
    void this.bus.close();
    this.server.giveUp(`Fatal: can't update cluster config file: ${problem}`);
  }

  private get path(): string {
    return join(this.server.configuration.get('dir') ?? '.', this.settings.fileName);
  }

  private readFile(): NodeTable | undefined {
    let text: string;
    try {
      text = readFileSync(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    return parseNodesFile(text, this.now);
  }

  /** Becomes the replica of a node, whatever it was; it has no slots. */
  follow(primary: ClusterNode): void {
    const { table } = this;
    if (table.myself.isPrimary) table.closeSlots();
    table.makeReplica(table.myself, primary);
    this.followPrimary();
    this.handover.end();
    this.later({ save: true, health: true });
  }

  /** The link to the primary, made anew. */
  followPrimary(): void {
    const { primary } = this.myself;
    if (primary === undefined || primary.ip === '') return;
    this.server.settings.primary = `${primary.ip} ${primary.port}`;
    this.server.replication.following.follow();
  }

  stopFollowing(): void {
    this.server.settings.primary = '';
    if (this.server.replication.isReplica) this.server.replication.following.promote();
  }

  /** Takes all slots of the primary it has followed, and tells everybody. */
  takeOver(): void {
    const { table, myself } = this;
    const { primary } = myself;
    if (myself.isPrimary || primary === undefined) return;
    table.makePrimary(myself);
    this.stopFollowing();
    for (const slot of [...primary.slots]) {
      table.release(slot);
      table.assign(slot, myself);
    }
    this.health.update();
    this.save();
    this.bus.announce('all');
    this.handover.end();
  }

  /** CLUSTER RESET. */
  reset(hard: boolean): void {
    const { table, server, myself } = this;
    if (table.makePrimary(myself)) {
      this.stopFollowing();
      server.keyspace.flush(server.keyspace.databases);
    }
    table.closeSlots();
    this.handover.end();
    for (const node of [...table.nodes.values()]) {
      table.releaseAll(node);
      if (node !== myself) this.remove(node);
    }
    if (hard) {
      table.currentEpoch = table.lastVoteEpoch = myself.configEpoch = 0;
      table.rename(myself, this.randomName());
      server.log('notice', `Node hard reset, now I'm ${myself.name}`);
    }
    this.later({ save: true, health: true });
  }

  /** CLUSTER MEET; nothing happens while it is under way. */
  meet(ip: string, port: number, busPort: number): void {
    for (const node of this.table.nodes.values()) {
      if (node.inHandshake && node.ip === ip && node.port === port && node.busPort === busPort) return;
    }
    const node = this.createNode(NodeFlag.handshake | NodeFlag.meet);
    Object.assign(node, { ip, port, busPort });
    this.table.add(node);
  }

  /** CLUSTER FORGET: others cannot bring it back for a minute. */
  forget(node: ClusterNode): void {
    this.table.forget(node, this.now);
    this.remove(node);
    this.later({ save: true, health: true });
  }

  remove(node: ClusterNode): void {
    this.table.remove(node);
    this.bus.endLinks(node);
    if (this.handover.successor === node) this.handover.end();
  }

  /** Data was loaded: slots that have keys are this node's, or on their way to it. */
  adoptData(): void {
    const { table, server, myself } = this;
    if (myself.isReplica) return;
    const [, ...others] = server.keyspace.databases;
    if (others.some(({ size }) => size > 0)) {
      server.giveUp("You can't have keys in a DB different than DB 0 when in Cluster mode. Exiting.");
      return;
    }
    for (let slot = 0; slot < SLOT_COUNT; slot++) {
      const owner = table.owners[slot];
      if (owner === myself || table.importing.has(slot) || server.keyspace.countInSlot(slot) === 0) continue;
      if (owner === undefined) table.assign(slot, myself);
      else table.importing.set(slot, owner);
      const what = owner === undefined ? 'unassigned: it is taken' : 'of another node: it is being imported';
      server.log('warning', `There are keys of slot ${slot}, which is ${what}.`);
      this.later({ save: true, surely: true, health: true });
    }
  }

  private scheduleCycle(): void {
    this.cancelCycle = this.server.clock.schedule(CYCLE, () => {
      if (this.isClosed) return;
      this.heartbeat.beat();
      this.blockedClients.redirect();
      this.scheduleCycle();
    });
  }

  /** Who listens to a shard channel that is now another shard's is told that it no longer does. */
  private leaveLostChannels(): void {
    if (this.lostSlots.size === 0) return;
    const { pubsub } = this.server;
    const lost = [...pubsub.shardChannels.keys()].filter((channel) => this.hasLost(channel));
    this.lostSlots.clear();
    for (const channel of lost) pubsub.closeShardChannel(channel);
  }

  private hasLost(channel: ByteString): boolean {
    const slot = slotOf(Buffer.from(channel, 'latin1'));
    return this.lostSlots.has(slot) && this.table.owners[slot] !== this.table.shardPrimary;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.cancelCycle();
    this.handover.end();
    await this.bus.close();
  }
}

/** What a change leads to, at the end of the turn. */
interface Due {
  readonly save?: true;
  /** What is saved must not be lost when the machine stops. */
  readonly surely?: true;
  readonly health?: true;
  readonly failover?: true;
  readonly handover?: true;
}

const ANNOUNCED = [
  'cluster-announce-ip',
  'cluster-announce-port',
  'cluster-announce-bus-port',
  'cluster-announce-hostname',
  'cluster-replica-no-failover',
];

export const BUS_PORT_OFFSET = 10_000;
/** Milliseconds. */
const CYCLE = 100;
