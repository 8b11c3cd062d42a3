import { appendFileSync, chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import type { Terminal } from '../terminal.js';

/** Lines that are kept. */
const MOST_LINES = 1_000;

/**
 * What was typed before, oldest first, in a file that only its owner reads. Each line is added at once, so that consoles
 * side by side lose nothing of each other. A file that cannot be had is no reason not to start: there is no history then.
 */
export class HistoryFile {
  readonly #file: string;
  #writable = true;

  constructor(env: Terminal['env']) {
    const state = env['XDG_STATE_HOME'] || path.join(env['HOME'] || homedir(), '.local', 'state');
    this.#file = path.join(state, 'lookupd', 'console-history');
  }

  /** The kept lines; what is older is taken out of the file. */
  read(): string[] {
    try {
      const lines = readFileSync(this.#file, 'utf8').split('\n').filter(Boolean);
      const kept = lines.slice(-MOST_LINES);
      if (kept.length < lines.length) writeFileSync(this.#file, `${kept.join('\n')}\n`, { mode: 0o600 });
      return kept;
    } catch {
      return [];
    }
  }

  add(line: string): void {
    if (!this.#writable) return;
    try {
      mkdirSync(path.dirname(this.#file), { recursive: true, mode: 0o700 });
      appendFileSync(this.#file, `${line}\n`, { mode: 0o600 });
      chmodSync(this.#file, 0o600);
    } catch {
      this.#writable = false;
    }
  }
}
