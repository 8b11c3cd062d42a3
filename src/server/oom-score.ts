import { readFileSync, writeFileSync } from 'node:fs';
import type { Server } from './server.js';

/**
 * `oom-score-adj`: how soon the kernel of Linux ends this process when memory is short, by whether it is a primary or a
 * replica. Switched off it is again what it was before. There is no child process: the third of the values is for nobody.
 */
export class OomScore {
  /** Before the directive was switched on. */
  private base: number | undefined;

  constructor(private readonly server: Server) {
    for (const name of ['oom-score-adj', 'oom-score-adj-values']) {
      server.configuration.whenSet(name, () => this.change());
    }
  }

  /** As the directives and the role are now; false, with a line in the log, where the system does not let it be so. */
  apply(): boolean {
    const { configuration, replication } = this.server;
    const mode = configuration.get('oom-score-adj') ?? 'no';
    if (mode === 'no' && this.base === undefined) return true;
    const [primary = 0, replica = 0] = (configuration.get('oom-score-adj-values') ?? '').split(' ').map(Number);
    const value = replication.isReplica ? replica : primary;
    try {
      if (mode === 'no') {
        this.write(this.base!);
        this.base = undefined;
        return true;
      }
      const base = this.base ?? Number(readFileSync(FILE, 'latin1'));
      this.write(Math.max(LEAST, Math.min(mode === 'absolute' ? value : base + value, MOST)));
      this.base = base;
      return true;
    } catch (error) {
      this.server.log('warning', `Unable to write oom_score_adj: ${(error as Error).message}`);
      return false;
    }
  }

  /** After CONFIG SET: what cannot be is refused. */
  private change(): void {
    if (!this.apply()) throw new Error('Failed to apply new oom_score_adj configuration, check server logs.');
  }

  private write(value: number): void {
    writeFileSync(FILE, `${value}\n`);
  }
}

const FILE = '/proc/self/oom_score_adj';
const LEAST = -1000;
const MOST = 1000;
