/**
 * What a near cache relies on: every server that takes writes tells of each key that is changed (CLIENT TRACKING with
 * BCAST). Each is listened to on a connection of its own, so those for commands need no further handshake. It is
 * broadcasting, not what this client has read: that holds for a key wherever its slot goes and for keys that are not
 * there yet, costs the server no memory a key, and is the same in RESP2 and RESP3. Its price is that every write
 * under the prefix is told.
 *
 * A link that is made of Nodes has it by naming those that take writes, each time they change.
 */
import type { KeyChanges } from '../link.js';
import type { Node } from './node.js';
import type { LinkContext } from './target.js';
import { TrackingLine } from './tracking-line.js';

export class Tracking {
  readonly #lines = new Map<Node, TrackingLine>();
  #isComplete = false;
  #isClosed = false;

  constructor(
    private readonly prefix: string,
    private readonly changes: KeyChanges,
    private readonly context: LinkContext,
  ) {}

  /** These take the writes from now on. */
  follow(nodes: readonly Node[]): void {
    if (this.#isClosed) return;
    const left = [...this.#lines].filter(([node]) => !nodes.includes(node));
    for (const [node, line] of left) {
      this.#lines.delete(node);
      line.close();
    }
    for (const node of nodes) if (!this.#lines.has(node)) this.#lines.set(node, this.#lineTo(node));
    // What one that left has changed last may not have been told.
    if (left.length > 0) this.changes.changed(undefined);
    this.#update();
  }

  /** A key was read at this node, of which others believe that it does not take writes. */
  readAt(node: Node, keys: readonly Buffer[]): void {
    if (this.#lines.get(node)?.isLive !== true) this.changes.changed(keys);
  }

  close(): void {
    this.follow([]);
    this.#isClosed = true;
  }

  #lineTo({ target }: Node): TrackingLine {
    return new TrackingLine(target, this.prefix, this.context, {
      turned: () => this.#update(),
      changed: (keys) => this.changes.changed(keys),
    });
  }

  #update(): void {
    const lines = [...this.#lines.values()];
    const isComplete = lines.length > 0 && lines.every((line) => line.isLive);
    if (isComplete === this.#isComplete) return;
    this.#isComplete = isComplete;
    this.changes.told(isComplete);
  }
}
