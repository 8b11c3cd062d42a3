import type { ConnectionOptions } from 'node:tls';
import type { Clock } from '../core/clock.js';
import { systemClock } from '../core/clock.js';
import { type Random, systemRandom } from '../core/random.js';
import { keepStringMethodsFast } from '../core/string-methods.js';
import { SharedReads } from '../net/shared-reads.js';
import { OutputRoom } from '../resp/output-room.js';
import type { ReplySink } from '../resp/sink.js';
import { DeclaredUsers } from './access/declared-users.js';
import { Users } from './access/users.js';
import { Cluster } from './cluster/cluster.js';
import { CommandTable } from './commands/command-table.js';
import { allCommands, sentinelModeCommands, UNLISTED } from './commands/index.js';
import { Configuration } from './configuration/configuration.js';
import { DirectiveError } from './configuration/value-types.js';
import { openPack } from './data/open-pack.js';
import { Effects } from './effects.js';
import { Eviction } from './keyspace/eviction.js';
import { ExpiryCycle } from './keyspace/expiry-cycle.js';
import { type ExpiryRule, Keyspace } from './keyspace/keyspace.js';
import { Notifications } from './keyspace/notifications.js';
import type { OpenPack } from './keyspace/packs.js';
import { keyspaceObserver } from './keyspace-observer.js';
import { LatencyMonitor } from './latency/monitor.js';
import { Listeners, type ListenOptions } from './listeners.js';
import { LocalSession, type LocalSessionOptions } from './local-session.js';
import { EMPTY_SERVER } from './memory-use.js';
import { Targets } from './migration/targets.js';
import { Monitors } from './monitors.js';
import { OomScore } from './oom-score.js';
import { AppendOnlyFile } from './persistence/aof/append-only-file.js';
import { Persistence } from './persistence/persistence.js';
import { PubSub } from './pubsub/hub.js';
import { Rates } from './rates.js';
import { Replication } from './replication/replication.js';
import { ScriptEngine } from './scripting/script-engine.js';
import { Sentinel } from './sentinel/sentinel.js';
import type { LogLevel, ServerOptions } from './server-options.js';
import { Blocking } from './session/blocking.js';
import { DEFAULT_PEAK_RESET_TIME, type ReplyBufferTuning } from './session/client-buffers.js';
import { ClientEviction } from './session/client-eviction.js';
import { Dispatcher } from './session/dispatch.js';
import type { Interceptor } from './session/interceptor.js';
import { Pause } from './session/pause.js';
import { ReadAhead } from './session/read-ahead.js';
import { type Peer, Session } from './session/session.js';
import { unwatch } from './session/transaction.js';
import { Turn } from './session/turn.js';
import { defaultSettings, type Settings } from './settings.js';
import { Shutdown, type ShutdownOptions } from './shutdown.js';
import { SlowLog } from './slow-log.js';
import { Stats } from './stats.js';
import { Tracking } from './tracking/tracking.js';

/**
 * The RESP server: composition root of everything under server/. Without `listen` it serves in-process
 * sessions only (`session`, `Session` commands through `run`).
 */
export class Server {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: Settings;
  readonly configuration: Configuration;
  readonly keyspace: Keyspace;
  readonly eviction: Eviction;
  private readonly expiry: ExpiryCycle;
  readonly commands: CommandTable;
  readonly pubsub = new PubSub();
  readonly notifications: Notifications;
  readonly effects = new Effects(() => this.dispatcher.current !== undefined);
  readonly replication: Replication;
  readonly persistence: Persistence;
  readonly oomScore: OomScore;
  readonly appendOnlyFile: AppendOnlyFile;
  readonly turn: Turn;
  readonly stats = new Stats();
  readonly outputRoom = new OutputRoom();
  readonly reads = new SharedReads();
  readonly readAhead: ReadAhead;
  readonly rates = new Rates(this.stats);
  readonly monitors = new Monitors();
  readonly slowLog: SlowLog;
  readonly latency: LatencyMonitor;
  readonly pause: Pause;
  readonly shutdowns = new Shutdown(this);
  readonly targets: Targets;
  readonly tracking: Tracking;
  /** What makes it a node of a Redis Cluster (`cluster-enabled`). */
  readonly cluster: Cluster | undefined;
  /** What makes it a sentinel. */
  readonly sentinel: Sentinel | undefined;
  readonly clientEviction: ClientEviction;
  readonly replyBuffers: ReplyBufferTuning = { resizing: true, peakResetTime: DEFAULT_PEAK_RESET_TIME };
  readonly sessions = new Set<Session>();
  readonly users: Users;
  private readonly declaredUsers: DeclaredUsers;
  readonly dispatcher: Dispatcher;
  readonly blocking: Blocking;
  readonly listeners: Listeners;
  readonly runId: string;
  readonly startedAt: number;
  readonly log: (level: LogLevel, message: string) => void;
  readonly interceptor: Interceptor | undefined;
  readonly primaryTls: ConnectionOptions | undefined;
  /** Bytes in the buffers of all clients; each connection keeps its part of it. */
  bufferMemory = 0;
  private peakMemory = 0;
  /** DEBUG PAUSE-CRON: nothing happens in the background. */
  cyclePaused = false;
  /** DEBUG SET-SKIP-CHECKSUM-VALIDATION. */
  skipChecksums = false;
  /** DEBUG SET-DISABLE-DENY-SCRIPTS: scripts may call what is marked `noscript`. */
  allowAllInScripts = false;
  /** Resolved once the server has ended, by `close` or SHUTDOWN. */
  readonly ended: Promise<void>;
  private end!: () => void;
  /** Lua, once `start` has loaded it. */
  scripts: ScriptEngine | undefined;
  private starting: Promise<void> | undefined;
  /** Why it ended by itself. */
  failure: string | undefined;
  private nextSessionId = 1;
  private cancelCycle: () => void = () => undefined;
  private closed = false;
  private secondAt = 0;

  constructor(options: ServerOptions = {}) {
    // For clients in the same process, such as node-redis.
    keepStringMethodsFast();
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? systemRandom;
    this.log = options.log ?? (() => undefined);
    this.interceptor = options.interceptor;
    this.primaryTls = options.primaryTls;
    this.settings = { ...defaultSettings(), ...options.settings };
    this.sentinel = options.isSentinel === true ? new Sentinel(this) : undefined;
    this.commands = this.sentinel ? new CommandTable(sentinelModeCommands, UNLISTED) : new CommandTable(allCommands);
    this.readAhead = new ReadAhead(this.commands);
    this.users = new Users({ table: this.commands, sessions: this.sessions, settings: this.settings });
    this.declaredUsers = new DeclaredUsers(this.users, this.log);
    this.configuration = new Configuration(this.settings, {
      user: (words) => this.declaredUsers.declare(words),
      'rename-command': ([name = '', newName = '']) => {
        const problem = this.commands.rename(name, newName);
        if (problem !== undefined) throw new DirectiveError(problem);
      },
      ...(this.sentinel && { sentinel: (words) => this.sentinel?.load(words) }),
    });
    for (const [name, value] of this.sentinel ? SENTINEL_DEFAULTS : []) this.configuration.load(name, [value]);
    for (const [name, value] of Object.entries(options.directives ?? {})) this.configuration.load(name, [value]);
    options.configure?.(this.configuration);
    this.configuration.refuseMissing();
    if (this.settings.password !== '') this.users.setDefaultPassword(this.settings.password);
    this.configuration.whenSet('requirepass', () => this.users.setDefaultPassword(this.settings.password));
    this.slowLog = new SlowLog(this.settings);
    this.latency = new LatencyMonitor(this.settings, this.clock);
    this.replication = new Replication(this);
    this.oomScore = new OomScore(this);
    this.configuration.whenSet('min-replicas-max-lag', () => this.replication.countGood());
    this.configuration.whenSet('replica-read-only', () => this.replication.keepOwnKeys());
    this.appendOnlyFile = new AppendOnlyFile(this);
    this.turn = new Turn(this.appendOnlyFile.appender, this.replication);
    this.configuration.whenSet('appendonly', () => this.appendOnlyFile.switch());
    this.pause = new Pause(this);
    this.targets = new Targets(this.clock);
    this.tracking = new Tracking(this);
    this.clientEviction = new ClientEviction(this);
    this.notifications = new Notifications(this.settings, (channel, message) => this.pubsub.publish(channel, message));
    const isNode = this.configuration.get('cluster-enabled') === 'yes';
    const pack: OpenPack = (type, kind) => openPack(type, kind, this.settings);
    this.keyspace = new Keyspace(this.settings, this.clock, this.random, pack, isNode);
    this.expiry = new ExpiryCycle(this);
    this.eviction = new Eviction(this, () => this.random.float());
    this.dispatcher = new Dispatcher(this);
    this.blocking = new Blocking(
      this.clock,
      (session, command, args) => this.dispatcher.executeAgain(session, command, args),
      () => this.keyspace.updateTime(),
    );
    this.keyspace.expiryRule = () => this.expiryRule();
    this.keyspace.observer = keyspaceObserver(this);
    this.listeners = new Listeners(this);
    for (const name of ['maxmemory-clients', 'maxmemory']) {
      this.configuration.whenSet(name, () => this.clientEviction.recount());
    }
    this.runId = this.random.bytes(20).toString('hex');
    this.startedAt = this.clock.now();
    const namesFolder = options.directives?.['dir'] !== undefined || this.configuration.get('appendonly') === 'yes';
    this.persistence = new Persistence(this, options.keepsFiles ?? namesFolder, options.ownsFolder);
    this.cluster = isNode ? new Cluster(this) : undefined;
    this.scheduleCycle();
  }

  /**
   * Makes ready what takes time to load (the script engine), and the users of the configuration; `listen` does it by
   * itself. Rejects with AclStartError, and with FolderInUse where another server has its files.
   */
  async start(): Promise<void> {
    this.declaredUsers.load(this.configuration.get('aclfile') ?? '');
    this.starting ??= this.prepare();
    await this.starting;
  }

  private async prepare(): Promise<void> {
    await this.persistence.lock();
    this.cluster?.open();
    this.oomScore.apply();
    if (this.sentinel === undefined) this.scripts = await ScriptEngine.create({ now: () => performance.now() });
    else await this.sentinel.open();
  }

  /** It cannot keep what it promises: it ends at once, without an answer to anybody. */
  giveUp(reason: string): void {
    this.log('warning', reason);
    this.failure = reason;
    void this.close();
  }

  /** A server that is ready for every command, its data loaded. Rejects with RdbError or AofError when that is not sound. */
  static async start(options: ServerOptions = {}): Promise<Server> {
    const server = new Server(options);
    await server.start();
    await server.persistence.load();
    return server;
  }

  /** Accepts connections; answers where. */
  async listen(options: ListenOptions): Promise<{ port?: number; path?: string }> {
    await this.start();
    const place = await this.listeners.listen(options);
    this.sentinel?.begin();
    // Whoever names the listener sees to the bus too.
    if (this.cluster === undefined || !('port' in options) || options.name !== undefined) return place;
    try {
      await this.cluster.bus.listenBeside(options, place.port ?? 0);
      return place;
    } catch (error) {
      // Where nodes cannot reach it, clients shall not either.
      await this.listeners.close();
      throw error;
    }
  }

  /** Whether `maxmemory` was passed, and nothing could be evicted, when the running command or its caller began. */
  get isOutOfMemory(): boolean {
    return this.eviction.failed;
  }

  /** Bytes that `maxmemory` is compared with: the data, clients' buffers, scripts, and what a Redis without data takes. */
  get usedMemory(): number {
    return EMPTY_SERVER + this.keyspace.memory() + this.clientMemory + (this.scripts?.cachedBytes ?? 0);
  }

  /** The most that was used so far. */
  notePeak(): number {
    this.peakMemory = Math.max(this.peakMemory, this.usedMemory);
    return this.peakMemory;
  }

  /** Bytes that clients take up: their buffers, and what each of them costs anyway. */
  get clientMemory(): number {
    return this.sessions.size * CLIENT_MEMORY + this.bufferMemory;
  }

  get mode(): 'standalone' | 'cluster' | 'sentinel' {
    if (this.sentinel !== undefined) return 'sentinel';
    return this.cluster === undefined ? 'standalone' : 'cluster';
  }

  get isClosed(): boolean {
    return this.closed;
  }

  get unixSocket(): string | undefined {
    return this.listeners.path;
  }

  openSession(peer: Peer, reply: ReplySink & { protocol: 2 | 3 }): Session {
    const home = this.keyspace.databases[0]!;
    const session = new Session(this.nextSessionId++, peer, reply, home, this.users, this.clock.now());
    this.sessions.add(session);
    return session;
  }

  closeSession(session: Session): void {
    if (!this.sessions.delete(session)) return;
    this.blocking.unblock(session);
    this.pubsub.forget(session);
    this.monitors.remove(session);
    this.pause.forget(session);
    this.shutdowns.forget(session);
    this.tracking.disable(session);
    this.replication.forget(session);
    unwatch(session);
  }

  /** A session without a socket, trusted: what the embedded store and tests run commands in. */
  session(options: LocalSessionOptions = {}): LocalSession {
    return new LocalSession(this, options);
  }

  /** Saves what is to be saved and ends, as SHUTDOWN NOW does; false when it cannot save and so goes on. */
  shutdown(options: ShutdownOptions = {}): boolean {
    return this.shutdowns.begin({ ...options, now: true }) === 'ends';
  }

  /** Ends at once: what is not saved is lost. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.cancelCycle();
    this.sentinel?.close();
    this.persistence.close();
    this.replication.close();
    this.targets.close();
    this.appendOnlyFile.close();
    this.eviction.close();
    this.expiry.close();
    await this.listeners.close();
    await this.cluster?.close();
    await this.persistence.unlock();
    for (const session of [...this.sessions]) this.closeSession(session);
    this.end();
  }

  private expiryRule(): ExpiryRule {
    const { replication, dispatcher, settings, pause } = this;
    if (replication.isReplica) {
      if (dispatcher.running?.isPrimary === true) return 'keep';
      // What is read stays for the primary to remove; a new value takes its place.
      if (settings.replicaReadOnly || !dispatcher.isWriting) return 'hide';
    }
    return pause.active ? 'hide' : 'remove';
  }

  /** The background work, ten times a second: expiry and pending resizes, a bounded piece each time. */
  private scheduleCycle(): void {
    this.cancelCycle = this.clock.schedule(CYCLE, () => {
      if (this.closed) return;
      if (!this.cyclePaused) this.cycle();
      this.scheduleCycle();
    });
  }

  private cycle(): void {
    this.shutdowns.cycle();
    if (this.closed || this.persistence.loading) return;
    this.keyspace.updateTime();
    this.rates.sample(this.keyspace.now);
    this.notePeak();
    const began = performance.now();
    this.expiry.run();
    this.latency.observe('expire-cycle', performance.now() - began);
    if (this.settings.activeRehashing) this.resize();
    for (const db of this.keyspace.databases) db.giveBackSome();
    if (this.settings.maxMemory > 0) this.eviction.makeRoom();
    if (this.blocking.pending) this.blocking.serve();
    if (this.keyspace.tracked) this.tracking.limit();
    this.listeners.checkConnections();
    this.appendOnlyFile.cycle();
    this.persistence.cycle();
    if (this.keyspace.now - this.secondAt >= 1000) this.everySecond();
  }

  /** What lookups and writes have left of resizes; as long as in Redis, a hundredth of the time. */
  private resize(): void {
    const end = performance.now() + CYCLE / 100;
    for (const db of this.keyspace.databases) while (!db.resizeSome(SLOTS) && performance.now() < end);
  }

  private everySecond(): void {
    this.secondAt = this.keyspace.now;
    this.replication.cycle();
  }
}

/** A client's socket and objects, roughly. */
const CLIENT_MEMORY = 8192;
/** Milliseconds between two rounds of background work: Redis's `hz 10`. */
const CYCLE = 100;
/** Moved between two looks at the clock. */
const SLOTS = 1024;
/** Sentinels are asked by clients and by each other. */
const SENTINEL_DEFAULTS = [
  ['port', '26379'],
  ['protected-mode', 'no'],
] as const;
