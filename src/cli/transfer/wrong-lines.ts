import { problemsOfLines } from '../../lookups/lists/list-problems.js';
import { errorOf } from '../../lookups/lists/loaded-list.js';
import type { WrongLine } from '../../lookups/lists/records.js';
import { printProblems } from '../problems.js';
import type { Terminal } from '../terminal.js';

/** Lines that are shown; all are counted. */
const MOST_SHOWN = 20;

/** Says which lines mean nothing, with their places. */
export class WrongLines {
  count = 0;
  readonly #file: string;
  readonly #terminal: Terminal;

  constructor(file: string, terminal: Terminal) {
    this.#file = file;
    this.#terminal = terminal;
  }

  add(line: WrongLine): void {
    if (++this.count <= MOST_SHOWN) printProblems(problemsOfLines(this.#file, [errorOf(line)]), this.#terminal.err);
    else if (this.count === MOST_SHOWN + 1) this.#terminal.err.write('more wrong lines are counted and not shown\n');
  }
}
