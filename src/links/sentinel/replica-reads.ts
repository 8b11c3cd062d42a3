import type { Clock } from '../../core/clock.js';
import { ReplyError } from '../../resp/reply.js';
import { type CallOptions, type Command, LinkError } from '../link.js';
import type { Outcome } from '../wire/exchange.js';
import type { Node } from '../wire/node.js';
import { Suspicions } from '../wire/suspicions.js';
import { nodeName } from '../wire/target.js';
import { Leaving } from './leaving.js';
import type { ServerAddress } from './sentinel-reply.js';

/** How long a replica that failed a read is passed over. */
const AVOID_MS = 1000;

/** The replicas that plain lookups go to, in turn; what one does not answer is asked elsewhere. */
export class ReplicaReads {
  #nodes: readonly Node[] = [];
  readonly #avoided = new Map<Node, number>();
  readonly #suspected: Suspicions;
  #turn = 0;
  readonly #leaving: Leaving;

  constructor(
    private readonly createNode: (address: ServerAddress) => Node,
    private readonly clock: Clock,
  ) {
    this.#suspected = new Suspicions(clock);
    this.#leaving = new Leaving(clock);
  }

  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  /** Whose turn it is; undefined when none is thought to answer. */
  get next(): Node | undefined {
    for (let i = 0; i < this.#nodes.length; i++) {
      const node = this.#nodes[(this.#turn + i) % this.#nodes.length]!;
      if (this.#seemsWell(node)) return node;
    }
    return undefined;
  }

  /** Those that are there now: new ones are connected to, the others are let go. */
  set(addresses: readonly ServerAddress[]): void {
    const known = new Map(this.#nodes.map((node) => [node.name, node]));
    const names = [...new Map(addresses.map((address) => [nodeName(address), address]))];
    this.#nodes = names.map(([name, address]) => known.get(name) ?? this.createNode(address));
    for (const [name, node] of known) if (!this.#nodes.includes(node)) this.#letGo(name, node);
    for (const node of this.#nodes) void node.connect();
  }

  suspect(name: string, until: number | undefined): void {
    this.#suspected.set(name, until);
  }

  close(): void {
    for (const node of this.#nodes) node.close();
    this.#leaving.close();
  }

  /** Sends reads to a replica, and those that it does not answer to `elsewhere`. */
  async read(
    commands: readonly Command[],
    options: CallOptions,
    elsewhere: (commands: readonly Command[]) => Promise<Outcome[]>,
    troubled: () => void,
  ): Promise<Outcome[]> {
    const node = this.next;
    if (node === undefined) return await elsewhere(commands);
    this.#turn = (this.#nodes.indexOf(node) + 1) % this.#nodes.length;
    const outcomes = await node.exchange(commands, options);
    const unserved = outcomes.flatMap((outcome, i) => (isUnserved(outcome) ? [i] : []));
    if (unserved.length === 0) return outcomes;
    this.#avoided.set(node, this.clock.now() + AVOID_MS);
    troubled();
    if (this.clock.now() >= options.deadline) return outcomes;
    const answers = await elsewhere(unserved.map((i) => commands[i]!));
    for (const [n, i] of unserved.entries()) outcomes[i] = answers[n] ?? null;
    return outcomes;
  }

  #seemsWell(node: Node): boolean {
    return node.connected() && !this.#suspected.has(node.name) && (this.#avoided.get(node) ?? 0) <= this.clock.now();
  }

  #letGo(name: string, node: Node): void {
    this.#avoided.delete(node);
    this.#suspected.set(name, undefined);
    this.#leaving.add(node);
  }
}

const NOT_SERVING = new Set(['LOADING', 'MASTERDOWN', 'CLUSTERDOWN', 'BUSY']);
const OVER: ReadonlySet<LinkError['kind']> = new Set(['aborted', 'closed']);

function isUnserved(outcome: Outcome): boolean {
  if (typeof outcome !== 'object') return false;
  if (outcome instanceof LinkError) return !OVER.has(outcome.kind);
  return outcome instanceof ReplyError && NOT_SERVING.has(outcome.code);
}
