import type { Clock } from '../../core/clock.js';
import type { Node } from '../wire/node.js';

const LAST_ANSWERS_MS = 1000;

/** Nodes that were let go: they take nothing more, and may answer a moment longer what they were asked. */
export class Leaving {
  readonly #nodes = new Set<Node>();

  constructor(private readonly clock: Clock) {}

  add(node: Node): void {
    node.retire();
    this.#nodes.add(node);
    this.clock.schedule(LAST_ANSWERS_MS, () => {
      this.#nodes.delete(node);
      node.leave();
    });
  }

  close(): void {
    for (const node of this.#nodes) node.close();
  }
}
