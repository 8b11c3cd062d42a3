import type { CallOptions, Command } from '../link.js';
import type { Outcome } from '../wire/exchange.js';
import type { Node } from '../wire/node.js';

/** How a node is asked. reader: on a connection that a replica answers on. asking: with ASKING before it. */
export type Mode = 'primary' | 'reader' | 'asking';

export interface Route {
  readonly node: Node;
  readonly mode: Mode;
}

interface Slice extends Route {
  readonly commands: Command[];
  /** Where in the caller's list each command stands. */
  readonly indexes: number[];
}

/** What is sent at once: commands by node, each knowing its place. Redirected ones make the next wave. */
export class Wave {
  readonly #slices: Slice[] = [];

  get empty(): boolean {
    return this.#slices.length === 0;
  }

  add({ node, mode }: Route, command: Command, index: number): void {
    let slice = this.#slices.find((known) => known.node === node && known.mode === mode);
    if (slice === undefined) {
      slice = { node, mode, commands: [], indexes: [] };
      this.#slices.push(slice);
    }
    slice.commands.push(command);
    slice.indexes.push(index);
  }

  /** Sends all and puts what comes in its place; gives the routes of those that ended in an error. */
  async send(options: CallOptions, outcomes: Outcome[]): Promise<Map<number, Route>> {
    const troubled = new Map<number, Route>();
    const sent = this.#slices.map(async (slice) => {
      const { node, mode, commands, indexes } = slice;
      const replies = await (mode === 'asking'
        ? node.asking(commands, options)
        : node.exchange(commands, options, mode === 'reader'));
      for (let i = 0; i < indexes.length; i++) {
        const reply = replies[i]!;
        outcomes[indexes[i]!] = reply;
        if (typeof reply === 'object' && reply instanceof Error) troubled.set(indexes[i]!, slice);
      }
    });
    await Promise.all(sent);
    return troubled;
  }
}
