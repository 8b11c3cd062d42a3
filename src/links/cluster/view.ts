/**
 * What the link knows of the cluster: its nodes, who owns each slot, and how to learn it anew. Refreshed at
 * most once a second, whoever asks for it: after a redirect or a failed connection, and by itself now and then. Only
 * when a primary that has replicas does not answer these are asked at once, and again and again until one has taken
 * its place. The nodes are asked one after the other, each a moment later than the one before, and the first good
 * answer counts: a silent one delays nothing. Nodes that are not in the answer are let go.
 */
import type { Cancel } from '../../core/clock.js';
import { SLOT_COUNT } from '../../resp/key-slot.js';
import { LinkError, type NodeStatus, type Topology } from '../link.js';
import { asLinkError, linkClosed } from '../wire/failures.js';
import type { Node } from '../wire/node.js';
import type { LinkContext } from '../wire/target.js';
import { succeeded } from '../wire/within.js';
import { askFirst, readTopology } from './discovery.js';
import type { NodeAddress, ShardInfo } from './topology-reply.js';

const REFRESH_APART_MS = 1000;
/** After a primary did not answer. */
const HURRIED_APART_MS = 100;
const REFRESH_EVERY_MS = 60_000;
/** While somebody relies on all primaries being known. */
const WATCHED_EVERY_MS = 5000;
/** While a primary does not answer: its replicas, for as long as a failover may take; then the others, for ever. */
const HEIRS_EVERY_MS = 200;
const HEIRS_FOR_MS = 60_000;
const TROUBLED_EVERY_MS = 1000;
/** How long a replica that failed a read is passed over. */
const AVOID_MS = 1000;

interface Shard {
  readonly primary: Node;
  readonly replicas: readonly Node[];
  /** Round robin. */
  turn: number;
}

export interface ViewSource {
  readonly seeds: readonly NodeAddress[];
  readonly tls: boolean;
  createNode(address: NodeAddress): Node;
  /** The nodes changed. */
  changed(names: ReadonlySet<string>): void;
}

export class ClusterView {
  readonly #nodes = new Map<string, Node>();
  #shards: Shard[] = [];
  #owners: (Shard | undefined)[] = [];
  /** Primaries without slots: one may get its first, and is written to meanwhile. */
  #idle: readonly Node[] = [];
  readonly #avoided = new Map<Node, number>();
  /** Names of nodes that the guard leaves alone. */
  readonly #suspected = new Set<string>();
  #refreshing: Promise<LinkError | undefined> | undefined;
  #lastStart = Number.NEGATIVE_INFINITY;
  #isHurried = false;
  /** Ends the wait of a refresh for its turn. */
  #wake: (() => void) | undefined;
  #troubledSince: number | undefined;
  #asksHeirs = false;
  /** Whether the last question went to them first. */
  #askedHeirs = false;
  #next: Cancel | undefined;
  readonly #closing = new AbortController();
  #refreshEvery = REFRESH_EVERY_MS;
  #command: 'SHARDS' | 'SLOTS' = 'SHARDS';
  #attempts = 0;
  #refreshes = 0;
  #lastRefresh = -1;

  constructor(
    private readonly source: ViewSource,
    private readonly context: LinkContext,
  ) {}

  get known(): boolean {
    return this.#shards.length > 0;
  }

  /** Waits until the slots are known; rejects when nobody tells them by the deadline. */
  async ensure(deadline: number): Promise<void> {
    if (this.known) return;
    await succeeded(this.refresh(), deadline, this.context.clock, noAnswer);
  }

  /** The same at once, by hand; rejects when nobody tells by the deadline. */
  async refreshNow(deadline: number): Promise<void> {
    this.#lastStart = Number.NEGATIVE_INFINITY;
    this.#wake?.();
    await succeeded(this.refresh(), deadline, this.context.clock, noAnswer);
  }

  /** Learns the topology, now or when it may be asked for again; gives why that failed. */
  refresh(): Promise<LinkError | undefined> {
    this.#refreshing ??= this.#refreshInTurn().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /**
   * A node cannot be reached or is silent. Where others can take its place they are asked at once: what is given ends with
   * their answer.
   */
  unanswered(name: string): Promise<unknown> | undefined {
    const shard = this.#shards.find(({ primary }) => primary.name === name);
    if (shard === undefined) return undefined;
    const hasHeirs = shard.replicas.length > 0;
    this.#isHurried ||= hasHeirs;
    if (hasHeirs) this.#wake?.();
    const refresh = this.refresh();
    return hasHeirs ? refresh : undefined;
  }

  /** An attempt to connect failed: news while the replicas are not asked again and again already. */
  unreachable(name: string): void {
    if (!this.#asksHeirs) void this.unanswered(name);
  }

  /** From now on a primary that came along is known within seconds, also while nobody asks for a key of its slots. */
  watchClosely(): void {
    this.#refreshEvery = WATCHED_EVERY_MS;
    this.#planNext();
  }

  primaryOf(slot: number): Node | undefined {
    return this.#owners[slot]?.primary ?? this.anyPrimary();
  }

  /** The replica whose turn it is; undefined when none is thought to answer. */
  replicaOf(slot: number, advance = true): Node | undefined {
    const shard = this.#owners[slot];
    if (shard === undefined) return undefined;
    const { replicas } = shard;
    for (let i = 0; i < replicas.length; i++) {
      const node = replicas[(shard.turn + i) % replicas.length]!;
      if (this.#isAvoided(node)) continue;
      if (advance) shard.turn = (shard.turn + i + 1) % replicas.length;
      return node;
    }
    return undefined;
  }

  /** The next reads go to others for a moment. */
  avoid(node: Node): void {
    this.#avoided.set(node, this.context.clock.now() + AVOID_MS);
  }

  suspect(name: string, suspected: boolean): void {
    if (!suspected) this.#suspected.delete(name);
    else {
      this.#suspected.add(name);
      void this.unanswered(name);
      void this.refresh();
    }
  }

  /** For what has no key: one that is connected, if any is. */
  anyPrimary(): Node | undefined {
    return this.#oneOf(this.primaries());
  }

  anyNode(): Node | undefined {
    return this.#oneOf(this.nodes());
  }

  /** A redirect for good: counts at once, before the refresh that it asks for. */
  moved(slot: number, address: NodeAddress): void {
    const primary = this.nodeAt(address);
    primary.role = 'primary';
    const shard = this.#shards.find((known) => known.primary === primary) ?? { primary, replicas: [], turn: 0 };
    this.#owners[slot] = shard;
    if (!this.#shards.includes(shard)) {
      this.#shards.push(shard);
      this.#promoted(primary);
      this.#changed();
    }
    void this.refresh();
  }

  /** Also one that nobody knows yet: with the same credentials as all. */
  nodeAt(address: NodeAddress): Node {
    const created = this.source.createNode(address);
    const known = this.#nodes.get(created.name);
    if (known !== undefined) return known;
    this.#nodes.set(created.name, created);
    return created;
  }

  primaries(): Node[] {
    return [...new Set(this.#shards.map((shard) => shard.primary))];
  }

  /** All that take writes, be it for a slot that is about to be theirs. */
  writers(): Node[] {
    return [...new Set([...this.primaries(), ...this.#idle])];
  }

  nodes(): Node[] {
    return [...this.#nodes.values()];
  }

  status(): { nodes: NodeStatus[]; cluster: NonNullable<Topology['cluster']> } {
    const counts = new Map<Node, number>();
    let slotsMapped = 0;
    for (const shard of this.#owners) {
      if (shard === undefined) continue;
      slotsMapped++;
      counts.set(shard.primary, (counts.get(shard.primary) ?? 0) + 1);
    }
    return {
      nodes: this.nodes().map((node) => node.status(counts.get(node) ?? 0)),
      cluster: { command: this.#command, refreshes: this.#refreshes, lastRefresh: this.#lastRefresh, slotsMapped },
    };
  }

  close(): void {
    this.#closing.abort();
    this.#wake?.();
    this.#next?.();
    for (const node of this.#nodes.values()) node.close();
  }

  async #refreshInTurn(): Promise<LinkError | undefined> {
    const { clock } = this.context;
    try {
      await this.#turn();
      this.#isHurried = false;
      this.#lastStart = clock.now();
      const deadline = clock.now() + this.context.connectTimeout + this.context.timeout;
      const answer = await askFirst(this.#candidates(), (node) => this.#ask(node, deadline), clock);
      if (!this.#closing.signal.aborted) this.#apply(answer.shards, answer.command);
      return undefined;
    } catch (error) {
      if (this.#closing.signal.aborted) return linkClosed();
      return asLinkError(error);
    } finally {
      this.#planNext();
    }
  }

  /** Waits until it may be asked. Who is in a hurry meanwhile shortens that. */
  async #turn(): Promise<void> {
    const { clock } = this.context;
    const { signal } = this.#closing;
    for (;;) {
      signal.throwIfAborted();
      const wait = this.#lastStart + (this.#isHurried ? HURRIED_APART_MS : REFRESH_APART_MS) - clock.now();
      if (wait <= 0) return;
      await new Promise<void>((resolve) => {
        const cancel = clock.schedule(wait, resolve);
        this.#wake = () => {
          cancel();
          resolve();
        };
      });
      this.#wake = undefined;
    }
  }

  #planNext(): void {
    this.#next?.();
    if (this.#closing.signal.aborted || !this.known) return;
    const isHurried = this.#heirs().length > 0 && this.#isEarly();
    this.#asksHeirs = isHurried;
    const isTroubled = this.primaries().some((node) => this.#isTroubled(node));
    const wait = isHurried ? HEIRS_EVERY_MS : isTroubled ? TROUBLED_EVERY_MS : this.#refreshEvery;
    this.#next = this.context.clock.schedule(wait, () => {
      this.#isHurried ||= isHurried;
      void this.refresh();
    });
  }

  /** Whether somebody may still be about to take over. */
  #isEarly(): boolean {
    const now = this.context.clock.now();
    this.#troubledSince ??= now;
    return now - this.#troubledSince < HEIRS_FOR_MS;
  }

  #isTroubled(node: Node): boolean {
    return node.down || this.#suspected.has(node.name);
  }

  /** The replicas of primaries that do not answer. */
  #heirs(): Node[] {
    const heirs = this.#shards.filter(({ primary }) => this.#isTroubled(primary)).flatMap(({ replicas }) => replicas);
    if (heirs.length === 0) this.#troubledSince = undefined;
    return heirs;
  }

  #ask(node: Node, deadline: number): ReturnType<typeof readTopology> {
    return readTopology(node, { host: hostOf(node), tls: this.source.tls }, { deadline });
  }

  /**
   * Heirs every other time, then those that seem well, then the other nodes, then the seeds that are not among them.
   * Another one begins each time: one that is cut off from the others tells old news.
   */
  #candidates(): Node[] {
    const nodes = [...this.#nodes.values()];
    const well = nodes.filter((node) => node.connected() && !this.#suspected.has(node.name));
    const first = this.#attempts++ % Math.max(1, well.length);
    const seeds = this.source.seeds.map((address) => this.nodeAt(address));
    const heirs = this.#askedHeirs ? [] : this.#heirs();
    this.#askedHeirs = heirs.length > 0;
    return [...new Set([...heirs, ...well.slice(first), ...well.slice(0, first), ...nodes, ...seeds])];
  }

  #apply(shards: readonly ShardInfo[], command: 'SHARDS' | 'SLOTS'): void {
    this.#command = command;
    this.#refreshes++;
    this.#lastRefresh = this.context.clock.now();
    const before = this.primaries();
    this.#owners = new Array<Shard | undefined>(SLOT_COUNT).fill(undefined);
    this.#shards = shards.filter(({ ranges }) => ranges.length > 0).map((info) => this.#adopt(info));
    this.#idle = shards.filter(({ ranges }) => ranges.length === 0).map(({ primary }) => this.nodeAt(primary));
    for (const node of this.#idle) node.role = 'primary';
    const others = shards.flatMap((info) => info.others.map((address) => this.nodeAt(address)));
    const served = this.#shards.flatMap((shard) => [shard.primary, ...shard.replicas]);
    const current = new Set([...others, ...served, ...this.#idle]);
    for (const [name, node] of this.#nodes) {
      if (current.has(node)) continue;
      this.#nodes.delete(name);
      node.retire();
    }
    const primaries = new Set(this.primaries());
    for (const node of before) if (!primaries.has(node)) this.#replaced(node);
    for (const node of primaries) if (!before.includes(node)) this.#promoted(node);
    this.#avoided.clear();
    this.#changed();
  }

  #changed(): void {
    this.source.changed(new Set(this.#nodes.keys()));
  }

  #replaced(node: Node): void {
    if (node.role === 'primary') node.role = 'unknown';
    node.release();
  }

  /** The next call need not wait for a handshake; one that failed before may be well by now. */
  #promoted(node: Node): void {
    if (!node.connected()) void node.connect();
    else if (this.#suspected.has(node.name)) this.context.connected?.(node.name);
  }

  #adopt(info: ShardInfo): Shard {
    const primary = this.nodeAt(info.primary);
    const replicas = info.replicas.map((address) => this.nodeAt(address));
    primary.role = 'primary';
    for (const replica of replicas) replica.role = 'replica';
    const shard = { primary, replicas, turn: 0 };
    for (const [first, last] of info.ranges) this.#owners.fill(shard, first, last + 1);
    return shard;
  }

  #oneOf(nodes: readonly Node[]): Node | undefined {
    const connected = nodes.filter((node) => node.connected());
    const choice = connected.length > 0 ? connected : nodes;
    return choice[this.context.random.below(Math.max(1, choice.length))];
  }

  #isAvoided(node: Node): boolean {
    const until = this.#avoided.get(node);
    return until !== undefined && until > this.context.clock.now();
  }
}

function noAnswer(): LinkError {
  return new LinkError('topology', 'no cluster node answered in time', { maybeExecuted: false });
}

function hostOf(node: Node): string {
  return 'host' in node.target.address ? node.target.address.host : '';
}
