import { type CommandPattern, fits, type ReceivedCommand } from './received-command.js';

/**
 * The commands that clients have sent, in the order in which they arrived, those of the test's own `session` left out. The
 * last 10,000 are kept.
 */
export class CommandLog implements Iterable<ReceivedCommand> {
  private kept: ReceivedCommand[] = [];
  private readonly waiting = new Set<() => void>();

  /** How many are kept. */
  get length(): number {
    return this.all.length;
  }

  /** All that are kept, oldest first. */
  get all(): readonly ReceivedCommand[] {
    if (this.kept.length > KEPT) this.kept = this.kept.slice(-KEPT);
    return this.kept;
  }

  /** Their names, for assertions: `['SET', 'GET']`. */
  names(pattern: CommandPattern = {}): string[] {
    return this.matching(pattern).map(({ name }) => name);
  }

  matching(pattern: CommandPattern): ReceivedCommand[] {
    return this.all.filter((command) => fits(pattern, command));
  }

  count(pattern: CommandPattern): number {
    return this.matching(pattern).length;
  }

  /**
   * Resolves with the `count`th command that fits as soon as it has arrived, which may have been before. Rejects after
   * `limit` milliseconds of real time.
   */
  arrived(pattern: CommandPattern, { count = 1, limit = 10_000 } = {}): Promise<ReceivedCommand> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = this.matching(pattern)[count - 1];
        if (found === undefined) return;
        this.waiting.delete(look);
        clearTimeout(timer);
        resolve(found);
      };
      const timer = setTimeout(() => {
        this.waiting.delete(look);
        reject(new Error(`the command has not arrived within ${limit} ms; there were: ${this.names().join(' ')}`));
      }, limit);
      this.waiting.add(look);
      look();
    });
  }

  clear(): void {
    this.kept = [];
  }

  [Symbol.iterator](): Iterator<ReceivedCommand> {
    return this.all[Symbol.iterator]();
  }

  /** A command has arrived. */
  add(command: ReceivedCommand): void {
    this.kept.push(command);
    if (this.kept.length >= 2 * KEPT) this.kept = this.kept.slice(-KEPT);
    for (const look of [...this.waiting]) look();
  }
}

const KEPT = 10_000;
