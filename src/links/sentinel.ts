/**
 * A primary that Sentinels watch, and its replicas. Who is the primary tells a Sentinel before each connection to
 * it, and the primary says so too (ROLE) before anything is sent. One that takes over is followed at once: what was
 * not sent yet goes there, what waits for an answer has a moment left. Plain lookups go to replicas where the
 * configuration allows it, and to the primary when those fail. What may have been executed is never sent again.
 */
import type { Endpoint, RedisStoreConfig, SentinelConfig } from '../config/model.js';
import type { Bytes } from '../core/bytes.js';
import type { Argument, Reply } from '../resp/reply.js';
import {
  type CallOptions,
  type Command,
  type KeyChanges,
  type Link,
  LinkError,
  type NodeLink,
  type Script,
  type Topology,
} from './link.js';
import { ReplicaReads } from './sentinel/replica-reads.js';
import { Sentinels } from './sentinel/sentinels.js';
import { SwitchWatch } from './sentinel/switch-watch.js';
import { SentinelView } from './sentinel/view.js';
import type { Outcome } from './wire/exchange.js';
import { Node, unwrap } from './wire/node.js';
import { sendToChosen } from './wire/resend.js';
import { runScript } from './wire/scripts.js';
import { Subscriptions } from './wire/subscriptions.js';
import { type LinkContext, type Target, targetOf } from './wire/target.js';
import { Tracking } from './wire/tracking.js';
import { connected } from './wire/within.js';

export class SentinelLink implements Link {
  readonly kind = 'sentinel';
  readonly crossSlot = true;
  readonly #config: RedisStoreConfig;
  readonly #sentinel: SentinelConfig;
  readonly #sentinels: Sentinels;
  readonly #replicas: ReplicaReads | undefined;
  readonly #view: SentinelView;
  readonly #watch: SwitchWatch;
  readonly #subscriptions: Subscriptions;
  #tracking: Tracking | undefined;

  constructor(
    config: RedisStoreConfig,
    private readonly context: LinkContext,
  ) {
    const { sentinel } = config;
    if (sentinel === undefined) throw new TypeError(`store "${config.id}" names no primary`);
    this.#config = config;
    this.#sentinel = sentinel;
    // What is told of connections is told of the servers behind the Sentinels only.
    const own = { ...context };
    const createSentinel = (address: Endpoint) => new Node(sentinelTarget(config, sentinel, address), own);
    const seeds = config.endpoints.filter((endpoint) => 'host' in endpoint);
    this.#sentinels = new Sentinels({ name: sentinel.name, seeds, createNode: createSentinel }, context);
    const replica = (address: Endpoint) => this.#createNode({ ...targetOf(config, address), role: 'replica' });
    this.#replicas = config.readFromReplicas ? new ReplicaReads(replica, context.clock) : undefined;
    this.#view = new SentinelView(
      {
        sentinels: this.#sentinels,
        replicas: this.#replicas,
        createPrimary: (address, admit) => this.#createNode({ ...targetOf(config, address), role: 'primary', admit }),
        switched: (primary) => this.#switched(primary),
      },
      context,
    );
    this.#watch = new SwitchWatch(
      sentinel.name,
      () => this.#sentinels.nextTarget(),
      own,
      () => void this.#view.ask(),
    );
    this.#subscriptions = new Subscriptions(() => this.node.target, context);
  }

  /** The primary: `Choice` of sendToChosen. */
  get node(): Node {
    const { primary } = this.#view;
    if (primary === undefined) throw new LinkError('topology', 'no primary is known', { maybeExecuted: false });
    return primary;
  }

  async open(deadline: number): Promise<void> {
    const node = await this.#view.ensure(deadline);
    await connected(node.connect(), () => node, deadline, this.context.clock);
  }

  async command(command: Command, options: CallOptions): Promise<Reply> {
    const [outcome] = await this.pipeline([command], options);
    return unwrap(outcome);
  }

  async pipeline(commands: readonly Command[], options: CallOptions): Promise<Outcome[]> {
    if (commands.length === 0) return [];
    try {
      if (this.#view.primary === undefined) await this.#view.ensure(options.deadline);
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      return commands.map(() => error);
    }
    const toPrimary = (rest: readonly Command[]) => sendToChosen(this, rest, options, this.context.clock);
    if (options.readOnly !== true || this.#replicas === undefined) return await toPrimary(commands);
    return await this.#replicas.read(commands, options, toPrimary, () => void this.#view.ask());
  }

  script(script: Script, keys: readonly Bytes[], args: readonly Argument[], options: CallOptions): Promise<Reply> {
    return runScript((command, opts) => this.command(command, opts), script, keys, args, options);
  }

  nodeFor(_key: Bytes | undefined, readOnly: boolean): string | undefined {
    const replica = readOnly ? this.#replicas?.next : undefined;
    return (replica ?? this.#view.primary)?.name;
  }

  troubled(node: Node): void {
    if (node === this.#view.primary) void this.#view.ask();
  }

  suspect(name: string, until: number | undefined): void {
    this.#replicas?.suspect(name, until);
    if (name === this.#view.primary?.name) this.#view.suspect(until !== undefined);
  }

  onConnected(listener: (node: string) => void): void {
    this.context.connected = listener;
  }

  async primaries(): Promise<readonly NodeLink[]> {
    return [await this.#view.ensure(this.context.clock.now() + this.context.timeout)];
  }

  nodes(): readonly NodeLink[] {
    return this.#nodes();
  }

  async subscribe(
    channel: Bytes,
    onMessage: (message: Buffer) => void,
    options: CallOptions,
  ): Promise<() => Promise<void>> {
    await this.#view.ensure(options.deadline);
    return await this.#subscriptions.subscribe(channel, onMessage, options);
  }

  track(prefix: string, changes: KeyChanges): void {
    this.#tracking = new Tracking(prefix, changes, this.context);
    this.#follow(this.#view.primary);
  }

  async refresh({ deadline }: CallOptions): Promise<void> {
    await this.#view.askNow(deadline);
  }

  topology(): Topology {
    const { name } = this.#sentinel;
    return {
      kind: this.kind,
      transport: this.#config.tls === undefined ? 'tcp' : 'tls',
      nodes: this.#nodes().map((node) => node.status()),
      sentinel: { name, answeredBy: this.#view.answeredBy, known: this.#sentinels.count },
    };
  }

  async close(): Promise<void> {
    this.#watch.close();
    this.#subscriptions.close();
    this.#tracking?.close();
    this.#view.close();
    this.#replicas?.close();
    this.#sentinels.close();
  }

  #createNode(target: Target): Node {
    const node = new Node(target, this.context);
    node.alone = true;
    node.role = target.role ?? 'unknown';
    return node;
  }

  #switched(primary: Node): void {
    this.#watch.start();
    this.#subscriptions.stayOn(new Set([primary.name]));
    this.#follow(primary);
  }

  #follow(primary: Node | undefined): void {
    if (primary !== undefined) this.#tracking?.follow([primary]);
  }

  #nodes(): Node[] {
    const { primary } = this.#view;
    return [...(primary === undefined ? [] : [primary]), ...(this.#replicas?.nodes ?? [])];
  }
}

/** A Sentinel has credentials of its own, and one database. */
function sentinelTarget(config: RedisStoreConfig, sentinel: SentinelConfig, address: Endpoint): Target {
  const { user, password, tls } = sentinel;
  return { ...targetOf(config, address), user, password, tls, database: 0 };
}
