/**
 * A link that finds out what it leads to, as OpenSIPS does: the first server that answers tells whether it is of a
 * cluster; else one address is a single server, and several are a failover list. Found once, with the first
 * connection: what becomes another kind of thing later needs a restart. Until then it promises the least, which is
 * what a cluster can.
 */
import type { RedisStoreConfig } from '../config/model.js';
import type { Bytes } from '../core/bytes.js';
import type { Argument, Reply } from '../resp/reply.js';
import { type Detected, detect } from './auto/detect.js';
import {
  type CallOptions,
  type Command,
  type KeyChanges,
  type Link,
  LinkError,
  type LinkKind,
  type NodeLink,
  type Script,
  type Topology,
} from './link.js';
import type { Outcome } from './wire/exchange.js';
import { asLinkError, commonFailure, linkClosed } from './wire/failures.js';
import { AllFailed, firstAnswer } from './wire/first-answer.js';
import { Node } from './wire/node.js';
import { type LinkContext, targetOf, transportOf } from './wire/target.js';
import { within } from './wire/within.js';

export class AutoLink implements Link {
  readonly #probes: readonly Node[];
  #found: Link | undefined;
  #finding: Promise<Link | LinkError> | undefined;
  #closed = false;
  #toldConnected: ((node: string) => void) | undefined;
  #tracked: Parameters<NonNullable<Link['track']>> | undefined;

  constructor(
    private readonly config: RedisStoreConfig,
    private readonly context: LinkContext,
    private readonly create: (config: RedisStoreConfig) => Link,
  ) {
    // What comes up while nobody asks is asked what it is.
    const own: LinkContext = { ...context, connected: () => void this.#find() };
    this.#probes = config.endpoints.map((address) => new Node(targetOf({ ...config, database: 0 }, address), own));
    if (this.#probes.length === 0) throw new TypeError(`store "${config.id}" has no address`);
  }

  get kind(): LinkKind {
    return this.#found?.kind ?? 'auto';
  }

  get crossSlot(): boolean {
    return this.#found?.crossSlot ?? false;
  }

  async open(deadline: number): Promise<void> {
    await (await this.#known(deadline)).open(deadline);
  }

  async command(command: Command, options: CallOptions): Promise<Reply> {
    const link = this.#found ?? (await this.#known(options.deadline));
    return await link.command(command, options);
  }

  async pipeline(commands: readonly Command[], options: CallOptions): Promise<Outcome[]> {
    try {
      const link = this.#found ?? (await this.#known(options.deadline));
      return await link.pipeline(commands, options);
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      return commands.map(() => error);
    }
  }

  async script(
    script: Script,
    keys: readonly Bytes[],
    args: readonly Argument[],
    options: CallOptions,
  ): Promise<Reply> {
    const link = this.#found ?? (await this.#known(options.deadline));
    return await link.script(script, keys, args, options);
  }

  nodeFor(key: Bytes | undefined, readOnly: boolean): string | undefined {
    return this.#found === undefined ? this.#probes[0]?.name : this.#found.nodeFor(key, readOnly);
  }

  suspect(node: string, until: number | undefined): void {
    this.#found?.suspect?.(node, until);
  }

  onConnected(listener: (node: string) => void): void {
    this.#toldConnected = listener;
    this.#found?.onConnected?.(listener);
  }

  async primaries(): Promise<readonly NodeLink[]> {
    const link = await this.#known(this.context.clock.now() + this.context.timeout);
    return await link.primaries();
  }

  get holders(): Link['holders'] {
    const found = this.#found;
    return found?.holders && (() => found.holders!());
  }

  nodes(): readonly NodeLink[] {
    return this.#found?.nodes() ?? this.#probes;
  }

  async subscribe(
    channel: Bytes,
    onMessage: (message: Buffer) => void,
    options: CallOptions,
  ): Promise<() => Promise<void>> {
    const link = await this.#known(options.deadline);
    return await link.subscribe(channel, onMessage, options);
  }

  track(prefix: string, changes: KeyChanges): void {
    this.#tracked = [prefix, changes];
    this.#found?.track?.(prefix, changes);
  }

  async refresh(options: CallOptions): Promise<void> {
    await (await this.#known(options.deadline)).refresh?.(options);
  }

  topology(): Topology {
    if (this.#found !== undefined) return this.#found.topology();
    const [first] = this.#probes;
    return { kind: this.kind, transport: transportOf(first!.target), nodes: this.#probes.map((node) => node.status()) };
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const node of this.#probes) node.close();
    await this.#found?.close();
  }

  /** Waits until it is known; rejects when no server tells by the deadline. */
  async #known(deadline: number): Promise<Link> {
    const late = () => new LinkError('timeout', 'no server told in time what it is', { maybeExecuted: false });
    const found = this.#found ?? (await within(this.#find(), deadline, this.context.clock, late));
    if (found instanceof LinkError) throw found;
    return found;
  }

  #find(): Promise<Link | LinkError> {
    this.#finding ??= this.#findNow().finally(() => {
      this.#finding = undefined;
    });
    return this.#finding;
  }

  async #findNow(): Promise<Link | LinkError> {
    const { clock, connectTimeout, timeout } = this.context;
    if (this.#found !== undefined) return this.#found;
    try {
      const deadline = clock.now() + connectTimeout + timeout;
      const detected = await firstAnswer(this.#probes, (node) => detect(node, { deadline }), clock);
      if (this.#closed) return linkClosed();
      return this.#become(detected);
    } catch (error) {
      if (this.#closed) return linkClosed();
      if (error instanceof AllFailed) return commonFailure('no server tells what it is', error.errors);
      return asLinkError(error);
    }
  }

  #become(detected: Detected): Link {
    const link = this.create({ ...this.config, redisType: this.#typeOf(detected) });
    this.#found = link;
    this.context.log?.info({ kind: link.kind }, 'found what the servers are');
    if (this.#toldConnected !== undefined) link.onConnected?.(this.#toldConnected);
    if (this.#tracked !== undefined) link.track?.(...this.#tracked);
    for (const node of this.#probes) node.close();
    return link;
  }

  #typeOf(detected: Detected): RedisStoreConfig['redisType'] {
    const { endpoints, database } = this.config;
    if (detected === 'single') return endpoints.length === 1 ? 'single' : 'failover';
    const refused = (why: string, hint: string) => new LinkError('cluster-node', why, { maybeExecuted: false, hint });
    if (database !== 0) throw refused('this is a cluster, which has database 0 only', `"database" is ${database}`);
    if (!endpoints.some((endpoint) => 'host' in endpoint)) {
      throw refused('this is a cluster, and it is reached over TCP only', 'the URL is that of a unix socket');
    }
    return 'cluster';
  }
}
