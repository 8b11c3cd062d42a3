import type { RedisStoreConfig } from '../config/model.js';
import type { Bytes } from '../core/bytes.js';
import type { Argument, Reply } from '../resp/reply.js';
import type { CallOptions, Command, KeyChanges, Link, NodeLink, Script, Topology } from './link.js';
import type { Outcome } from './wire/exchange.js';
import { Node } from './wire/node.js';
import { runScript } from './wire/scripts.js';
import { Subscriptions } from './wire/subscriptions.js';
import { type LinkContext, targetOf, transportOf } from './wire/target.js';
import { Tracking } from './wire/tracking.js';
import { connected } from './wire/within.js';

/** One Redis by its address. `open` rejects when the first attempt fails; the link goes on trying. */
export class SingleLink implements Link {
  readonly kind = 'single';
  readonly crossSlot = true;
  readonly #node: Node;
  readonly #subscriptions: Subscriptions;
  #tracking: Tracking | undefined;

  constructor(
    config: RedisStoreConfig,
    private readonly context: LinkContext,
  ) {
    const address = config.endpoints[0];
    if (address === undefined) throw new TypeError(`store "${config.id}" has no address`);
    const target = targetOf(config, address);
    this.#node = new Node(target, context);
    this.#node.role = 'primary';
    this.#node.alone = true;
    this.#subscriptions = new Subscriptions(() => target, context);
  }

  async open(deadline: number): Promise<void> {
    const node = this.#node;
    await connected(node.connect(), () => node, deadline, this.context.clock);
  }

  command(command: Command, options: CallOptions): Promise<Reply> {
    return this.#node.command(command, options);
  }

  pipeline(commands: readonly Command[], options: CallOptions): Promise<Outcome[]> {
    return commands.length === 0 ? Promise.resolve([]) : this.#node.exchange(commands, options);
  }

  script(script: Script, keys: readonly Bytes[], args: readonly Argument[], options: CallOptions): Promise<Reply> {
    return runScript((command, opts) => this.command(command, opts), script, keys, args, options);
  }

  nodeFor(): string {
    return this.#node.name;
  }

  onConnected(listener: (node: string) => void): void {
    this.context.connected = listener;
  }

  async primaries(): Promise<readonly NodeLink[]> {
    return [this.#node];
  }

  nodes(): readonly NodeLink[] {
    return [this.#node];
  }

  subscribe(channel: Bytes, onMessage: (message: Buffer) => void, options: CallOptions): Promise<() => Promise<void>> {
    return this.#subscriptions.subscribe(channel, onMessage, options);
  }

  track(prefix: string, changes: KeyChanges): void {
    this.#tracking = new Tracking(prefix, changes, this.context);
    this.#tracking.follow([this.#node]);
  }

  topology(): Topology {
    return { kind: this.kind, transport: transportOf(this.#node.target), nodes: [this.#node.status()] };
  }

  async close(): Promise<void> {
    this.#subscriptions.close();
    this.#tracking?.close();
    this.#node.close();
  }
}
