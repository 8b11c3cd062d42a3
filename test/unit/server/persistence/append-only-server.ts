import { readdirSync, readFileSync } from 'node:fs';
import type { LocalSession } from '../../../../src/server/local-session.js';
import { Server } from '../../../../src/server/server.js';
import { ManualClock } from '../../../../src/testing/clock.js';
import { requestsIn } from '../../../harness/effects.js';
import { temporaryFolder } from '../../../harness/folder.js';
import { until } from '../../../harness/until.js';

type Directives = Readonly<Record<string, string>>;

/** A server with an append-only file of commands in a folder of its own, one after another of them as after a crash. */
export class AppendOnlyServer implements AsyncDisposable {
  readonly folder = temporaryFolder();
  readonly clock = new ManualClock();
  readonly log: string[] = [];
  server!: Server;
  session!: LocalSession;

  /** It has loaded nothing yet. */
  async open(directives: Directives): Promise<void> {
    this.server = new Server({
      clock: this.clock,
      log: (_, text) => void this.log.push(text),
      directives: { dir: this.folder.path, appendfsync: 'no', 'aof-use-rdb-preamble': 'no', ...directives },
    });
    await this.server.start();
    this.session = this.server.session({ protocol: 2 });
  }

  async start(directives: Directives = { appendonly: 'yes' }): Promise<void> {
    await this.open(directives);
    await this.server.persistence.load();
  }

  /** As after a crash of the process: what was flushed is there. */
  async restart(directives?: Directives): Promise<void> {
    await this.server.close();
    await this.start(directives);
  }

  run(line: string): string {
    return String(this.session.run(...line.split(' ')));
  }

  file(name: string): string {
    return this.folder.file(`appendonlydir/${name}`);
  }

  text(name: string): string {
    return readFileSync(this.file(name), 'latin1');
  }

  names(): string[] {
    return readdirSync(this.folder.file('appendonlydir')).sort();
  }

  commandsIn(name: string): string[] {
    return requestsIn(readFileSync(this.file(name))).map((words) => words.join(' '));
  }

  async rewritten(): Promise<void> {
    const { rewrite, appender } = this.server.appendOnlyFile;
    await until(
      () => !rewrite.isRunning && !appender.isBehind,
      'the rewrite has ended, and what happened meanwhile is written',
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
    this.folder[Symbol.dispose]();
  }
}
