import type { Cancel } from '../../core/clock.js';
import { rewriteConfiguration } from '../commands/server/config/rewrite.js';
import type { FileLine } from '../configuration/configuration.js';
import { DirectiveError } from '../configuration/value-types.js';
import type { Server } from '../server.js';
import { type InstanceAddress, isPort, sameAddress } from './address.js';
import { ID_LENGTH, loadSentinelLine } from './directives.js';
import { DownDetection } from './down.js';
import { Election } from './election.js';
import { Events } from './events.js';
import { Failover } from './failover.js';
import { sentinelLines } from './file-lines.js';
import { HelloReceiver } from './hello-receiver.js';
import { HostNames } from './host-names.js';
import { InfoReceiver } from './info-receiver.js';
import { type Instance, OtherSentinel, Primary, Replica } from './instance.js';
import { ScriptQueue } from './script-queue.js';
import { defaultSentinelSettings } from './sentinel-settings.js';
import { defaultTiming } from './timing.js';
import { Watch } from './watch.js';

/**
 * Redis Sentinel (`--sentinel`): watches primaries, their replicas and the other sentinels, agrees with these on who is
 * down, and has a replica take a primary's place. Made by the server; everything acts on its clock, ten to twenty times a
 * second, and on what comes in. What must not be forgotten (votes, epochs, who is whose) is written to the configuration
 * file before anybody hears of it; without a file it is kept in memory only.
 */
export class Sentinel {
  readonly settings = defaultSentinelSettings();
  readonly timing = defaultTiming();
  readonly primaries = new Map<string, Primary>();
  readonly names = new HostNames();
  readonly events = new Events(this);
  readonly scripts = new ScriptQueue(this);
  readonly watch = new Watch(this);
  readonly infoReceiver = new InfoReceiver(this);
  readonly helloReceiver = new HelloReceiver(this);
  readonly election = new Election(this);
  readonly failover = new Failover(this);
  /** SENTINEL SIMULATE-FAILURE. */
  readonly simulated = { crashAfterElection: false, crashAfterPromotion: false };
  myId = '';
  currentEpoch = 0;
  /** Since when it only looks on, because the clock was not to be trusted; undefined: it acts. */
  tiltedSince: number | undefined;
  private readonly down = new DownDetection(this);
  private lastRoundAt = 0;
  private cancelRound: Cancel = () => undefined;
  private hasBegun = false;
  private isClosed = false;

  constructor(readonly server: Server) {}

  get now(): number {
    return this.server.clock.now();
  }

  get isTilted(): boolean {
    return this.tiltedSince !== undefined;
  }

  /** Ids are compared as Redis does. */
  isMe(id: string | undefined): boolean {
    return id?.toLowerCase() === this.myId.toLowerCase();
  }

  /** A line of the configuration, without the word `sentinel`. Throws DirectiveError. */
  load(words: readonly string[]): void {
    loadSentinelLine(this, words);
  }

  /** Begins to act, once host names are resolved as far as they can be. */
  async open(): Promise<void> {
    const { server } = this;
    await Promise.all([...this.instances()].map((instance) => this.learnPlace(instance)));
    if (this.myId === '') {
      this.myId = server.random.bytes(ID_LENGTH / 2).toString('hex');
      this.save();
    }
    server.log('warning', `Sentinel ID is ${this.myId}`);
    for (const primary of this.primaries.values()) this.tellOfMonitoring(primary);
    this.lastRoundAt = this.now;
  }

  /** The first round, once it is known where others reach this sentinel; those after it come by themselves. */
  begin(): void {
    if (this.hasBegun) return;
    this.hasBegun = true;
    this.goOn();
  }

  /** Everything that is due by now. */
  round(): void {
    this.checkClock();
    for (const primary of [...this.primaries.values()]) {
      this.handle(primary);
      for (const replica of [...primary.replicas.values()]) this.handle(replica);
      for (const other of [...primary.sentinels.values()]) this.handle(other);
      if (primary.failoverState === 'update_config') this.finishFailover(primary);
    }
    this.scripts.cycle();
  }

  private goOn(): void {
    if (this.isClosed) return;
    this.round();
    const { clock, random } = this.server;
    // Never in step with the others: who stands for election at the same time as they do gets no majority.
    this.cancelRound = clock.schedule(1000 / (ROUNDS + random.below(ROUNDS)), () => this.goOn());
  }

  private async learnPlace(instance: Instance): Promise<void> {
    const { host, ip } = instance.address;
    if (ip === '' && (await this.names.learn(host)) === undefined) {
      this.server.log('warning', `Failed to resolve hostname '${host}'`);
    }
    this.resolveAgain(instance);
  }

  close(): void {
    this.isClosed = true;
    this.cancelRound();
    this.scripts.close();
    for (const primary of this.primaries.values()) primary.release();
  }

  /** SIMULATE-FAILURE: it ends at once, as a crash does. */
  crash(): void {
    this.server.giveUp('Sentinel CRASH because of SENTINEL simulate-failure');
  }

  tellOfMonitoring(primary: Primary): void {
    this.events.about('warning', '+monitor', primary, `quorum ${primary.quorum}`);
  }

  addPrimary(name: string, address: InstanceAddress, quorum: number): Primary {
    const { defaultDownAfter: downAfter, defaultFailoverTimeout: failoverTimeout } = this.timing;
    const primary = new Primary(name, address, quorum, { now: this.now, downAfter, failoverTimeout });
    this.primaries.set(name, primary);
    return primary;
  }

  addReplica(primary: Primary, address: InstanceAddress): Replica {
    const replica = new Replica(this.placeName(address), address, primary, this.now);
    primary.replicas.set(replica.name, replica);
    return replica;
  }

  /** One that watches another primary as well is asked over the same link. */
  addSentinel(primary: Primary, id: string, address: InstanceAddress): OtherSentinel {
    const added = new OtherSentinel(id, address, primary, this.now);
    const others = [...this.primaries.values()].flatMap(({ sentinels }) => sentinels.get(id) ?? []);
    primary.sentinels.set(id, added);
    const [known] = others;
    if (known !== undefined) {
      added.link = known.link;
      added.link.users++;
    }
    return added;
  }

  removeSentinel(primary: Primary, id: string): boolean {
    primary.sentinels.get(id)?.release();
    return primary.sentinels.delete(id);
  }

  removePrimary(primary: Primary): void {
    primary.release();
    this.primaries.delete(primary.name);
  }

  /** What was found out about a primary is forgotten; the sentinels are, unless it has only changed its address. */
  reset(primary: Primary, { keepsSentinels }: { keepsSentinels: boolean }): void {
    for (const replica of primary.replicas.values()) replica.release();
    primary.replicas.clear();
    if (!keepsSentinels) for (const id of [...primary.sentinels.keys()]) this.removeSentinel(primary, id);
    primary.flags.clear();
    primary.leader = undefined;
    primary.goTo('none', 0);
    primary.failoverStartedAt = 0;
    primary.promoted = undefined;
    primary.runId = '';
    primary.primaryHost = undefined;
    primary.link.restart(this.now);
    primary.roleReportedAt = this.now;
    primary.roleReported = 'master';
  }

  /** The primary is elsewhere: where it was may be a replica of it. */
  switchTo(primary: Primary, address: InstanceAddress): void {
    const places = [...[...primary.replicas.values()].map((replica) => replica.address), primary.address];
    this.reset(primary, { keepsSentinels: true });
    primary.address = address;
    primary.downSince = 0;
    primary.objectivelyDownSince = 0;
    for (const place of places) {
      if (sameAddress(place, address) || primary.replicas.has(this.placeName(place))) continue;
      this.events.about('notice', '+slave', this.addReplica(primary, place));
    }
    this.save();
  }

  tellOfSwitch(primary: Primary, host: string, port: number): void {
    const { name, address } = primary;
    const before = `${this.events.announced(address)} ${address.port}`;
    this.events.tell('warning', '+switch-master', `${name} ${before} ${host} ${port}`, primary);
  }

  /** Tells the administrator's script that clients have to go elsewhere. */
  runReconfigurationScript(
    { name, reconfigurationScript }: Primary,
    role: 'leader' | 'observer',
    from: InstanceAddress,
    to: InstanceAddress,
  ): void {
    if (reconfigurationScript === undefined) return;
    const places = [from, to].flatMap((address) => [this.events.announced(address), String(address.port)]);
    this.scripts.schedule([reconfigurationScript, name, role, 'start', ...places]);
  }

  /** undefined for a host that cannot be resolved, unless `acceptsUnknown` and names are resolved at all. */
  resolve(host: string, port: number, acceptsUnknown = false): InstanceAddress | undefined {
    const { resolveHostnames } = this.settings;
    const ip = this.names.find(host, resolveHostnames) ?? (acceptsUnknown && resolveHostnames ? '' : undefined);
    return ip === undefined || !isPort(port) ? undefined : { host, ip, port };
  }

  /** Throws DirectiveError. */
  resolveOrRefuse(host: string, port: number): InstanceAddress {
    if (!isPort(port)) throw new DirectiveError('Invalid port number.');
    const address = this.resolve(host, port, true);
    if (address === undefined) throw new DirectiveError("Can't resolve instance hostname.");
    return address;
  }

  /** Its name may stand for another address by now. */
  resolveAgain(instance: Instance): void {
    const { host, port } = instance.address;
    if (this.settings.resolveHostnames) instance.address = this.resolve(host, port) ?? instance.address;
  }

  /** Whether a host that a server has told is the one of this address. */
  isHost(address: InstanceAddress, host: string): boolean {
    const ip = this.names.find(host, this.settings.resolveHostnames);
    if (ip !== undefined) return ip === address.ip;
    return (this.settings.resolveHostnames ? address.host : address.ip).toLowerCase() === host.toLowerCase();
  }

  /** What a replica is called. */
  placeName(address: InstanceAddress): string {
    const host = this.events.announced(address);
    return host.includes(':') ? `[${host}]:${address.port}` : `${host}:${address.port}`;
  }

  get announcedPort(): number {
    const { configuration, listeners } = this.server;
    const tlsPort = configuration.get('tls-replication') === 'yes' ? Number(configuration.get('tls-port')) : 0;
    return this.settings.announcePort || tlsPort || listeners.port;
  }

  /** Milliseconds by which an attempt is put off. */
  desync(): number {
    return this.server.random.below(Math.max(1, this.timing.maxDesync));
  }

  fileLines(): FileLine[] {
    return sentinelLines(this);
  }

  /** Writes the configuration file through to the disk; false when it could not. */
  save(): boolean {
    const { server } = this;
    if (server.configuration.file === undefined) return true;
    try {
      rewriteConfiguration(server, { isDurable: true });
      server.log('notice', 'Sentinel new configuration saved on disk');
      return true;
    } catch (error) {
      const why = (error as Error).message;
      server.log('warning', `WARNING: Sentinel was not able to save the new configuration on disk!!!: ${why}`);
      return false;
    }
  }

  private *instances(): Generator<Instance> {
    for (const primary of this.primaries.values()) {
      yield primary;
      yield* primary.replicas.values();
      yield* primary.sentinels.values();
    }
  }

  private handle(instance: Instance): void {
    if (this.isClosed || instance.isGone) return;
    this.watch.reconnect(instance);
    this.watch.sendPeriodic(instance);
    if (this.tiltedSince !== undefined) {
      if (this.now - this.tiltedSince < this.timing.tiltPeriod) return;
      this.tiltedSince = undefined;
      this.events.tell('warning', '-tilt', '#tilt mode exited');
    }
    this.down.checkSubjectively(instance);
    if (!(instance instanceof Primary)) return;
    this.down.checkObjectively(instance);
    if (this.failover.startIfNeeded(instance)) this.down.askOthers(instance, true);
    this.failover.step(instance);
    this.down.askOthers(instance, false);
  }

  private finishFailover(primary: Primary): void {
    const { address } = primary.promoted ?? primary;
    this.tellOfSwitch(primary, this.events.announced(address), address.port);
    this.switchTo(primary, address);
  }

  /** When time has jumped everything seems late that is not: nothing is done for a while. */
  private checkClock(): void {
    const { now, timing } = this;
    const passed = now - this.lastRoundAt;
    this.lastRoundAt = now;
    if (passed >= 0 && passed <= timing.tiltTrigger) return;
    this.tiltedSince = now;
    this.events.tell('warning', '+tilt', '#tilt mode entered');
  }
}

/** A second, at least; at most twice as many. */
const ROUNDS = 10;
