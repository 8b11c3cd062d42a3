import type { Terminal } from '../terminal.js';

/** Between two changes of the line, in milliseconds. */
const EVERY = 200;

/** A line on a terminal that tells how far something has come; nothing anywhere else. */
export class ProgressDisplay {
  readonly #terminal: Terminal;
  readonly #verb: string;
  readonly #began = performance.now();
  #shownAt = Number.NEGATIVE_INFINITY;
  #shown = false;

  constructor(terminal: Terminal, verb: string) {
    this.#terminal = terminal;
    this.#verb = verb;
  }

  /** `part` of all there is, from 0 to 1, where that is known. */
  show(entries: number, part?: number): void {
    const { err } = this.#terminal;
    const now = performance.now();
    if (!err.isTerminal || now - this.#shownAt < EVERY) return;
    this.#shownAt = now;
    this.#shown = true;
    const percent = part === undefined ? '' : `  ${Math.floor(Math.min(1, part) * 100)}%`;
    err.write(`\r\u001b[K${this.#verb} ${format(entries)}${percent}  ${format(this.#rate(entries))}/s`);
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#shown) this.#terminal.err.write('\r\u001b[K');
    this.#shown = false;
  }

  #rate(entries: number): number {
    return Math.round((entries * 1_000) / Math.max(1, performance.now() - this.#began));
  }
}

function format(count: number): string {
  return count.toLocaleString('en-US');
}
