/**
 * Redis Cluster: a slot router over single connections (why not ioredis's Cluster: docs/decisions/
 * cluster-link.md). Each command goes to the owner of its keys' slot, at most five redirects are followed
 * within the deadline, and the view of the cluster is refreshed when something shows it to be old. Errors
 * that pass (TRYAGAIN, CLUSTERDOWN) are given to the guard, which retries. Commands of one pipeline that go
 * to one node keep their order; redirected ones may come after others.
 */
import type { RedisStoreConfig } from '../config/model.js';
import { type Bytes, toBuffer } from '../core/bytes.js';
import { slotOf } from '../resp/key-slot.js';
import { type Argument, type Reply, ReplyError } from '../resp/reply.js';
import { KeyMoves } from './cluster/key-moves.js';
import { KeyPositionTable } from './cluster/key-positions.js';
import { parseRedirect } from './cluster/redirect.js';
import { ClusterView } from './cluster/view.js';
import { type Route, Wave } from './cluster/wave.js';
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
import { factsOf, refusalOf } from './wire/command-facts.js';
import type { Outcome } from './wire/exchange.js';
import { Node, unwrap } from './wire/node.js';
import { runScript } from './wire/scripts.js';
import { Subscriptions } from './wire/subscriptions.js';
import { type LinkContext, targetOf } from './wire/target.js';
import { Tracking } from './wire/tracking.js';
import { within } from './wire/within.js';

const MOST_REDIRECTS = 5;
/** Longest wait for the replicas of a primary that is gone to tell who took over. */
const HEIRS_WAIT_MS = 300;

export class ClusterLink implements Link {
  readonly kind = 'cluster';
  readonly crossSlot = false;
  readonly #view: ClusterView;
  readonly #positions: KeyPositionTable;
  readonly #subscriptions: Subscriptions;
  readonly #readFromReplicas: boolean;
  readonly #tls: boolean;
  #tracking: Tracking | undefined;

  constructor(
    config: RedisStoreConfig,
    private readonly context: LinkContext,
  ) {
    const seeds = config.endpoints.filter((endpoint) => 'host' in endpoint);
    if (seeds.length === 0) throw new TypeError(`store "${config.id}" has no address`);
    this.#readFromReplicas = config.readFromReplicas;
    this.#tls = config.tls !== undefined;
    // A cluster has one database.
    const target = (address: (typeof seeds)[number]) => targetOf({ ...config, database: 0 }, address);
    this.#subscriptions = new Subscriptions(() => this.#view.anyNode()?.target ?? target(seeds[0]!), context);
    this.#view = new ClusterView(
      {
        seeds,
        tls: this.#tls,
        createNode: (address) => new Node(target(address), context),
        changed: (names) => {
          this.#subscriptions.stayOn(names);
          this.#tracking?.follow(this.#view.writers());
        },
      },
      context,
    );
    context.notConnected = (name) => this.#view.unreachable(name);
    this.#positions = new KeyPositionTable(async (command, options) => {
      await this.#view.ensure(options.deadline);
      const node = this.#view.anyPrimary();
      if (node === undefined) throw noOwner();
      return await node.command(command, options);
    });
  }

  async open(deadline: number): Promise<void> {
    await this.#view.ensure(deadline);
    // The first lookups need not wait for a handshake; a primary that is down does not keep us from starting.
    for (const node of this.#view.primaries()) void this.#connect(node);
  }

  async command(command: Command, options: CallOptions): Promise<Reply> {
    const [outcome] = await this.pipeline([command], options);
    return unwrap(outcome);
  }

  async pipeline(commands: readonly Command[], options: CallOptions): Promise<Outcome[]> {
    const outcomes = new Array<Outcome>(commands.length).fill(null);
    if (commands.length === 0) return outcomes;
    let wave: Wave;
    try {
      if (!this.#view.known) await this.#view.ensure(options.deadline);
      wave = await this.#plan(commands, options, outcomes);
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      return outcomes.fill(error);
    }
    for (let redirects = 0; !wave.empty; redirects++) {
      const troubled = await wave.send(options, outcomes);
      if (redirects === 0 && troubled.size > 0) await this.#askHeirs(troubled, outcomes, options);
      wave = new Wave();
      for (const [index, route] of troubled) {
        const next = this.#follow(outcomes[index]!, route, commands[index]!, redirects, options);
        if (next instanceof LinkError) outcomes[index] = next;
        else if (next !== undefined) wave.add(next, commands[index]!, index);
      }
    }
    return outcomes;
  }

  script(script: Script, keys: readonly Bytes[], args: readonly Argument[], options: CallOptions): Promise<Reply> {
    return runScript((command, opts) => this.command(command, opts), script, keys, args, options);
  }

  nodeFor(key: Bytes | undefined, readOnly: boolean): string | undefined {
    if (key === undefined || !this.#view.known) return undefined;
    const slot = slotOf(key);
    const replica = readOnly && this.#readFromReplicas ? this.#view.replicaOf(slot, false) : undefined;
    return (replica ?? this.#view.primaryOf(slot))?.name;
  }

  suspect(node: string, until: number | undefined): void {
    this.#view.suspect(node, until !== undefined);
  }

  onConnected(listener: (node: string) => void): void {
    this.context.connected = listener;
  }

  async primaries(): Promise<readonly NodeLink[]> {
    await this.#view.ensure(this.context.clock.now() + this.context.timeout);
    return this.#view.primaries();
  }

  holders(): (options: CallOptions) => Promise<readonly NodeLink[]> {
    const moves = new KeyMoves(
      () => this.#view.primaries(),
      (address) => this.#view.nodeAt(address),
    );
    return async (options) => {
      await this.#view.ensure(options.deadline);
      return await moves.holders(options);
    };
  }

  nodes(): readonly NodeLink[] {
    return this.#view.nodes();
  }

  subscribe(channel: Bytes, onMessage: (message: Buffer) => void, options: CallOptions): Promise<() => Promise<void>> {
    return this.#subscriptions.subscribe(channel, onMessage, options);
  }

  track(prefix: string, changes: KeyChanges): void {
    this.#tracking = new Tracking(prefix, changes, this.context);
    this.#view.watchClosely();
    this.#tracking.follow(this.#view.writers());
  }

  async refresh({ deadline }: CallOptions): Promise<void> {
    await this.#view.refreshNow(deadline);
  }

  topology(): Topology {
    return { kind: this.kind, transport: this.#tls ? 'tls' : 'tcp', ...this.#view.status() };
  }

  async close(): Promise<void> {
    this.#subscriptions.close();
    this.#tracking?.close();
    this.#view.close();
  }

  async #connect(node: Node): Promise<void> {
    if ((await node.connect()) !== undefined) void this.#view.refresh();
  }

  /** Where each command goes first; what cannot be sent gets its outcome here. */
  async #plan(commands: readonly Command[], options: CallOptions, outcomes: Outcome[]): Promise<Wave> {
    const wave = new Wave();
    for (let i = 0; i < commands.length; i++) {
      const command = commands[i]!;
      const facts = factsOf(command);
      const refusal = refusalOf(command, facts);
      if (refusal !== undefined) {
        outcomes[i] = refusal;
        continue;
      }
      const keys = this.#positions.keysOf(command, facts) ?? (await this.#positions.learn(command, options));
      const route = this.#route(command, keys, options.readOnly === true);
      if (route instanceof ReplyError) outcomes[i] = route;
      else wave.add(route, command, i);
    }
    return wave;
  }

  #route(command: Command, keys: readonly number[], readOnly: boolean): Route | ReplyError {
    if (keys.length === 0) return primaryRoute(this.#view.anyPrimary());
    const slot = slotOf(command[keys[0]!]!);
    for (let i = 1; i < keys.length; i++) {
      if (slotOf(command[keys[i]!]!) !== slot) {
        return new ReplyError("CROSSSLOT Keys in request don't hash to the same slot");
      }
    }
    const replica = readOnly && this.#readFromReplicas ? this.#view.replicaOf(slot) : undefined;
    return replica === undefined ? primaryRoute(this.#view.primaryOf(slot)) : { node: replica, mode: 'reader' };
  }

  /** Who took over from primaries that could not be asked is known before anything is tried again. */
  async #askHeirs(troubled: ReadonlyMap<number, Route>, outcomes: readonly Outcome[], { deadline }: CallOptions) {
    const { clock } = this.context;
    const gone = new Set<Node>();
    for (const [index, { node, mode }] of troubled) {
      if (mode === 'primary' && isUnsent(outcomes[index])) gone.add(node);
    }
    const asked = [...gone].flatMap((node) => this.#view.unanswered(node.name) ?? []);
    if (asked.length === 0) return;
    await within(Promise.all(asked), Math.min(deadline, clock.now() + HEIRS_WAIT_MS), clock, () => []);
  }

  /** After an error: where to ask next, the error to end with instead, or undefined to end with this one. */
  #follow(
    outcome: Outcome,
    route: Route,
    command: Command,
    redirects: number,
    { deadline }: CallOptions,
  ): Route | LinkError | undefined {
    if (outcome instanceof LinkError) {
      return redirects < MOST_REDIRECTS ? this.#fallBack(outcome, route, command, deadline) : undefined;
    }
    if (!(outcome instanceof ReplyError)) return undefined;
    const host = 'host' in route.node.target.address ? route.node.target.address.host : '';
    const redirect = parseRedirect(outcome, host);
    if (redirect === undefined) return this.#afterReply(outcome, route, command);
    if (redirect.kind === 'moved') this.#view.moved(redirect.slot, redirect.address);
    if (redirects >= MOST_REDIRECTS) return gaveUp(route.node, 'topology', `more than ${MOST_REDIRECTS} redirects`);
    if (this.context.clock.now() >= deadline) return gaveUp(route.node, 'timeout', 'redirected, but out of time');
    const node = this.#view.nodeAt(redirect.address);
    if (redirect.kind === 'ask') this.#tracking?.readAt(node, this.#keysOf(command));
    return { node, mode: redirect.kind === 'ask' ? 'asking' : 'primary' };
  }

  #keysOf(command: Command): Buffer[] {
    const positions = this.#positions.keysOf(command) ?? [];
    return positions.flatMap((at) => {
      const key = command[at];
      return typeof key === 'string' || key instanceof Uint8Array ? [toBuffer(key)] : [];
    });
  }

  /** What was surely not executed goes to whoever took over; a read that a replica did not answer, to the primary. */
  #fallBack(error: LinkError, route: Route, command: Command, deadline: number): Route | undefined {
    if (error.kind === 'aborted' || error.kind === 'closed' || error.kind === 'overloaded') return undefined;
    const { node, mode } = route;
    if (mode === 'reader') {
      void this.#view.refresh();
      this.#view.avoid(node);
    } else {
      void this.#view.unanswered(node.name);
      if (mode === 'asking' || error.details.maybeExecuted) return undefined;
    }
    const next = this.context.clock.now() < deadline ? this.#toPrimary(command) : undefined;
    return next?.node === node ? undefined : next;
  }

  #afterReply(error: ReplyError, route: Route, command: Command): Route | undefined {
    if (!OUTDATED.has(error.code)) return undefined;
    void this.#view.refresh();
    if (route.mode !== 'reader') return undefined;
    this.#view.avoid(route.node);
    return this.#toPrimary(command);
  }

  #toPrimary(command: Command): Route | undefined {
    const key = this.#positions.keysOf(command)?.[0];
    const node = key === undefined ? undefined : this.#view.primaryOf(slotOf(command[key]!));
    return node === undefined ? undefined : { node, mode: 'primary' };
  }
}

/** Replies that show that the node does not serve this slot now, or not any more. */
const OUTDATED = new Set(['CLUSTERDOWN', 'TRYAGAIN', 'MASTERDOWN', 'READONLY', 'LOADING']);

function primaryRoute(node: Node | undefined): Route {
  if (node === undefined) throw noOwner();
  return { node, mode: 'primary' };
}

function noOwner(): LinkError {
  return new LinkError('topology', 'no primary is known', { maybeExecuted: false });
}

/** Not executed, because the node could not be reached or another took over. */
function isUnsent(outcome: Outcome | undefined): boolean {
  if (!(outcome instanceof LinkError) || outcome.details.maybeExecuted) return false;
  return outcome.kind === 'connection' || outcome.kind === 'topology';
}

/** A redirect is an answer: the command was not executed. */
function gaveUp(node: Node, kind: 'topology' | 'timeout', why: string): LinkError {
  return new LinkError(kind, `${node.name}: ${why}`, { node: node.name, maybeExecuted: false });
}
