/**
 * An ordered list of servers, of which one is asked: OpenSIPS's circular rule. It stays with the one that works,
 * and goes to the next, after the last to the first, when a connection cannot be had or the server says that it
 * does not serve: LOADING, READONLY, MASTERDOWN, CLUSTERDOWN. It never goes back by itself. A call asks each
 * server once; what may have been executed is never sent again.
 *
 * Nobody here finds out which server is the primary: who replicates what is the administrator's business.
 */
import type { RedisStoreConfig } from '../config/model.js';
import type { Bytes } from '../core/bytes.js';
import type { Argument, Reply } from '../resp/reply.js';
import { ReplyError } from '../resp/reply.js';
import type { CallOptions, Command, KeyChanges, Link, LinkError, NodeLink, Script, Topology } from './link.js';
import type { Outcome } from './wire/exchange.js';
import { commonFailure } from './wire/failures.js';
import { Node, unwrap } from './wire/node.js';
import { sendToChosen } from './wire/resend.js';
import { runScript } from './wire/scripts.js';
import { Subscriptions } from './wire/subscriptions.js';
import { Suspicions } from './wire/suspicions.js';
import { type LinkContext, targetOf, transportOf } from './wire/target.js';
import { Tracking } from './wire/tracking.js';
import { connected } from './wire/within.js';

export class FailoverLink implements Link {
  readonly kind = 'failover';
  readonly crossSlot = true;
  readonly #nodes: readonly Node[];
  #current: Node;
  /** Names of nodes that could not be connected to, the last time. They are tried again and again. */
  readonly #unreachable = new Set<string>();
  readonly #suspected: Suspicions;
  readonly #subscriptions: Subscriptions;
  #tracking: Tracking | undefined;
  #toldConnected: ((node: string) => void) | undefined;

  constructor(
    config: RedisStoreConfig,
    private readonly context: LinkContext,
  ) {
    this.#suspected = new Suspicions(context.clock);
    this.#nodes = config.endpoints.map((address) => {
      const node = new Node(targetOf(config, address), context);
      node.alone = true;
      return node;
    });
    const [first] = this.#nodes;
    if (first === undefined) throw new TypeError(`store "${config.id}" has no address`);
    this.#current = first;
    this.#subscriptions = new Subscriptions(() => this.#current.target, context);
    context.connected = (name) => this.#connected(name);
    context.notConnected = (name) => {
      // Another connection to it may be refused while the one for commands stands.
      if (this.#nodes.some((node) => node.name === name && node.connected())) return;
      this.#unreachable.add(name);
      if (name === this.#current.name) this.#goOn('cannot connect');
    };
  }

  /** The node that is asked now: `Choice` of sendToChosen. */
  get node(): Node {
    return this.#current;
  }

  /**
   * Connects to the first server that lets it; rejects when none does. The others are connected to meanwhile, so that
   * who looks sees which of them are there, and the next one is there when it is needed.
   */
  async open(deadline: number): Promise<void> {
    const connecting = this.#connectAny();
    for (const node of this.#nodes) void node.connect();
    await connected(connecting, () => this.#current, deadline, this.context.clock);
  }

  async command(command: Command, options: CallOptions): Promise<Reply> {
    const [outcome] = await this.pipeline([command], options);
    return unwrap(outcome);
  }

  pipeline(commands: readonly Command[], options: CallOptions): Promise<Outcome[]> {
    if (commands.length === 0) return Promise.resolve([]);
    return sendToChosen(this, commands, options, this.context.clock);
  }

  script(script: Script, keys: readonly Bytes[], args: readonly Argument[], options: CallOptions): Promise<Reply> {
    return runScript((command, opts) => this.command(command, opts), script, keys, args, options);
  }

  nodeFor(): string {
    return this.#current.name;
  }

  troubled(node: Node, error: ReplyError | LinkError): void {
    if (node === this.#current) this.#goOn(error instanceof ReplyError ? error.code : 'cannot connect');
  }

  suspect(node: string, until: number | undefined): void {
    this.#suspected.set(node, until);
    if (until === undefined || node !== this.#current.name) return;
    this.#goOn('fails again and again');
    // All are in trouble: each has its probe in turn.
    const [next] = this.#others();
    if (node === this.#current.name && next !== undefined) this.#choose(next, 'all fail');
  }

  onConnected(listener: (node: string) => void): void {
    this.#toldConnected = listener;
  }

  async primaries(): Promise<readonly NodeLink[]> {
    await this.#connectAny();
    return [this.#current];
  }

  nodes(): readonly NodeLink[] {
    return this.#nodes;
  }

  subscribe(channel: Bytes, onMessage: (message: Buffer) => void, options: CallOptions): Promise<() => Promise<void>> {
    return this.#subscriptions.subscribe(channel, onMessage, options);
  }

  track(prefix: string, changes: KeyChanges): void {
    this.#tracking = new Tracking(prefix, changes, this.context);
    this.#tracking.follow([this.#current]);
  }

  topology(): Topology {
    const nodes = this.#nodes.map((node) => ({ ...node.status(), inUse: node === this.#current }));
    return { kind: this.kind, transport: transportOf(this.#current.target), nodes };
  }

  async close(): Promise<void> {
    this.#subscriptions.close();
    this.#tracking?.close();
    for (const node of this.#nodes) node.close();
  }

  /** Until one lets us, each once; their failures when none does. */
  async #connectAny(): Promise<LinkError | undefined> {
    const failures = new Map<Node, LinkError>();
    while (!failures.has(this.#current)) {
      const node = this.#current;
      const error = await node.connect();
      if (error === undefined) return undefined;
      failures.set(node, error);
    }
    return commonFailure('no server of the list can be asked', [...failures.values()]);
  }

  /** To the next that seems well. Where none does it stays: which comes first, tells `#connected`. */
  #goOn(reason: string): void {
    const next = this.#others().find((node) => !this.#unreachable.has(node.name) && !this.#suspected.has(node.name));
    if (next !== undefined) this.#choose(next, reason);
  }

  /** In the order of the circle. */
  #others(): Node[] {
    const at = this.#nodes.indexOf(this.#current);
    return [...this.#nodes.slice(at + 1), ...this.#nodes.slice(0, at)];
  }

  #choose(node: Node, reason: string): void {
    const from = this.#current;
    this.#current = node;
    this.context.log?.warn({ node: node.name, instead: from.name, reason }, 'asks another server of the list');
    // What was not sent yet need not wait there.
    from.release();
    this.#subscriptions.stayOn(new Set([node.name]));
    this.#tracking?.follow([node]);
  }

  /** While the one that is asked does not answer, whichever comes is. */
  #connected(name: string): void {
    this.#unreachable.delete(name);
    const { name: asked } = this.#current;
    const node = this.#nodes.find((known) => known.name === name);
    const wanted = this.#unreachable.has(asked) || this.#suspected.has(asked);
    if (wanted && node !== undefined && node !== this.#current) this.#choose(node, 'is there');
    this.#toldConnected?.(name);
  }
}
