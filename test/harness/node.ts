import { expect } from 'vitest';
import type { Reply } from '../../src/resp/reply.js';
import type { LocalSession } from '../../src/server/local-session.js';
import { Server } from '../../src/server/server.js';
import { until } from './until.js';

/** What a replica of ours follows: a real redis-server, or another of ours. */
export interface Primary {
  readonly port: number;
  run(...words: string[]): Promise<Reply> | Reply;
}

const started: Server[] = [];

/** After each test. */
export async function closeNodes(): Promise<void> {
  for (const server of started.splice(0)) await server.close();
}

/** A server of ours that listens, with a session of its own. */
export class Node implements Primary {
  private constructor(
    readonly server: Server,
    readonly session: LocalSession,
    readonly port: number,
    /** What it has logged. */
    readonly lines: readonly string[],
  ) {}

  static async start(directives: Readonly<Record<string, string>> = {}, listensAt = 0): Promise<Node> {
    const lines: string[] = [];
    const server = await Server.start({
      directives: { 'repl-diskless-sync-delay': '0', ...directives },
      log: (_level, line) => void lines.push(line),
    });
    started.push(server);
    const { port = 0 } = await server.listen({ port: listensAt });
    return new Node(server, server.session({ protocol: 2 }), port, lines);
  }

  run(...words: string[]): Reply {
    return this.session.run(...words);
  }

  text(...words: string[]): string {
    return String(this.run(...words));
  }

  /** A field of INFO. */
  info(field: string): string {
    return new RegExp(`^${field}:(.*)\r$`, 'm').exec(this.text('INFO'))?.[1] ?? '';
  }

  follow({ port }: Primary): void {
    expect(this.text('REPLICAOF', '127.0.0.1', String(port))).toMatch(/^OK/);
  }

  get isConnected(): boolean {
    return this.server.replication.following.state === 'connected';
  }

  async connected(): Promise<void> {
    await until(() => this.isConnected, 'the link is up');
  }

  async following(primary: Primary): Promise<void> {
    this.follow(primary);
    await this.connected();
  }

  /** It has all that the primary has streamed by now. */
  async caughtUp(primary: Primary): Promise<void> {
    await until(async () => {
      const offset = /master_repl_offset:(\d+)/.exec(String(await primary.run('INFO', 'replication')))?.[1];
      return this.server.replication.offset >= Number(offset);
    }, 'the replica has everything');
  }
}
