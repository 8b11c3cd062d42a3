import { mkdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Server } from '../../../src/server/server.js';
import { ManualClock } from '../../../src/testing/clock.js';
import { temporaryFolder } from '../../harness/folder.js';
import { holdSync } from '../../harness/hold-sync.js';
import { RawClient } from '../../harness/raw-client.js';
import { until } from '../../harness/until.js';

class Running implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly log: string[] = [];
  private readonly clients: RawClient[] = [];
  server!: Server;
  private port = 0;

  static async start(directives: Readonly<Record<string, string>> = {}): Promise<Running> {
    const running = new Running();
    running.server = await Server.start({
      clock: running.clock,
      directives: { 'repl-diskless-sync-delay': '0', 'enable-debug-command': 'yes', ...directives },
      log: (_, text) => running.log.push(text),
    });
    running.port = (await running.server.listen({ port: 0 })).port ?? 0;
    return running;
  }

  async connect(): Promise<RawClient> {
    const client = await RawClient.connect(this.port);
    this.clients.push(client);
    return client;
  }

  /** A replica that says how far it is when told to. */
  async replica(): Promise<(offset: number) => void> {
    const client = await this.connect();
    client.send(['PSYNC', '?', '-1']);
    await until(() => {
      this.clock.advance(100);
      return [...this.server.replication.replicas].some(({ state }) => state === 'online');
    }, 'the replica is online');
    return (offset) => client.send(['REPLCONF', 'ACK', String(offset)]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.clients) client.close();
    await this.server.close();
  }
}

const FAILED = '-ERR Errors trying to SHUTDOWN. Check logs.\r\n';

describe('SHUTDOWN', () => {
  it('waits for replicas that lag, with writes held, and ends once they have everything', async () => {
    await using running = await Running.start({ 'shutdown-timeout': '10' });
    const { server, clock, log } = running;
    const acknowledge = await running.replica();
    const [client, writer] = [await running.connect(), await running.connect()];
    await client.ask(['SET', 'k', 'v']);
    client.send(['SHUTDOWN']);
    await until(() => log.includes('Waiting for replicas before shutting down.'), 'the shutdown has begun');
    writer.send(['SET', 'k', 'w']);
    const look = await running.connect();
    expect((await look.ask(['INFO', 'server'])).toString()).toContain('shutdown_in_milliseconds:10000\r\n');
    expect((await look.ask(['INFO', 'clients'])).toString()).toContain('blocked_clients:2\r\n');
    expect((await look.ask(['GET', 'k'])).toString()).toBe('$1\r\nv\r\n');
    clock.advance(5000);
    expect(log.at(-1)).toBe('Waiting for replicas before shutting down.');
    acknowledge(server.replication.offset);
    await until(() => {
      clock.advance(100);
      return log.includes('1 of 1 replicas are in sync when shutting down.');
    }, 'the replica has everything');
    await server.ended;
  });

  it('ends when their time is over', async () => {
    await using running = await Running.start({ 'shutdown-timeout': '1' });
    await running.replica();
    const client = await running.connect();
    await client.ask(['SET', 'k', 'v']);
    client.send(['SHUTDOWN']);
    await until(() => running.server.shutdowns.remaining !== undefined, 'the shutdown has begun');
    running.clock.advance(1100);
    await running.server.ended;
    expect(running.log).toContain('0 of 1 replicas are in sync when shutting down.');
    expect(running.log).toContainEqual(expect.stringMatching(/^Lagging replica .* reported offset \d+ behind master/));
  });

  it.each([
    ['NOW', '10'],
    ['NOSAVE', '0'],
  ])('does not wait with %s and shutdown-timeout %s', async (option, timeout) => {
    await using running = await Running.start({ 'shutdown-timeout': timeout });
    await running.replica();
    const client = await running.connect();
    await client.ask(['SET', 'k', 'v']);
    client.send(['SHUTDOWN', option]);
    await running.server.ended;
    expect(running.log).toContain('0 of 1 replicas are in sync when shutting down.');
  });

  it('is called off by SHUTDOWN ABORT: those who asked for it get an error, writes go on', async () => {
    await using running = await Running.start();
    await running.replica();
    const [first, second, third] = [await running.connect(), await running.connect(), await running.connect()];
    expect((await third.ask(['SHUTDOWN', 'ABORT'])).toString()).toBe('-ERR No shutdown in progress.\r\n');
    await first.ask(['SET', 'k', 'v']);
    first.send(['SHUTDOWN']);
    second.send(['SHUTDOWN', 'NOW']);
    await until(() => running.server.blocking.clients === 2, 'both wait');
    third.send(['SET', 'k', 'w']);
    await until(() => running.server.pause.held.size === 1, 'the write is held');
    const aborting = await running.connect();
    expect((await aborting.ask(['SHUTDOWN', 'ABORT'])).toString()).toBe('+OK\r\n');
    for (const client of [first, second]) expect((await client.take(1)).toString()).toBe(FAILED);
    expect((await third.take(1)).toString()).toBe('+OK\r\n');
    expect(running.log.at(-1)).toBe('Shutdown manually aborted.');
    expect(running.server.pause.active).toBe(false);
  });

  it('leaves CLIENT PAUSE as it was when it is called off', async () => {
    await using running = await Running.start();
    await running.replica();
    const client = await running.connect();
    await client.ask(['SET', 'k', 'v']);
    await client.ask(['CLIENT', 'PAUSE', '100000', 'WRITE']);
    running.server.shutdowns.request({});
    await client.ask(['CLIENT', 'UNPAUSE']);
    expect(running.server.pause.active).toBe(true);
    await client.ask(['CLIENT', 'PAUSE', '100000', 'WRITE']);
    expect(running.server.shutdowns.abort()).toBe(true);
    expect(running.server.pause.active).toBe(true);
    running.clock.advance(100_000);
    expect(running.server.pause.active).toBe(false);
  });

  it('goes on serving when the data cannot be saved, unless forced', async () => {
    using folder = temporaryFolder();
    await using running = await Running.start({ dir: folder.path, save: '3600 1', dbfilename: 'taken' });
    mkdirSync(folder.file('taken'));
    const client = await running.connect();
    await client.ask(['SET', 'k', 'v']);
    expect((await client.ask(['SHUTDOWN'])).toString()).toBe(FAILED);
    expect((await client.ask(['INFO', 'commandstats'])).toString()).toMatch(/cmdstat_shutdown:.*,failed_calls=1\r\n/);
    expect(running.log).toContain("Error trying to save the DB, can't exit.");
    client.send(['SHUTDOWN', 'FORCE']);
    await running.server.ended;
    expect(running.log).toContain('Error trying to save the DB. Exit anyway.');
    expect(folder.names()).toEqual(['taken']);
  });

  it('that a signal asks for waits while DEBUG PAUSE-CRON holds all that is in the background', async () => {
    await using running = await Running.start();
    const client = await running.connect();
    await client.ask(['DEBUG', 'PAUSE-CRON', '1']);
    running.server.shutdowns.request({});
    expect((await client.ask(['SHUTDOWN', 'ABORT'])).toString()).toBe('+OK\r\n');
    running.server.shutdowns.request({});
    await client.ask(['DEBUG', 'PAUSE-CRON', '0']);
    running.clock.advance(100);
    await running.server.ended;
  });

  it('gives up an append-only file that only has to be put in its place, with NOSAVE', async () => {
    using folder = temporaryFolder();
    using sync = await holdSync(folder.file('other'));
    await using running = await Running.start({ dir: folder.path, save: '' });
    const client = await running.connect();
    await client.ask(['SET', 'k', 'v']);
    await client.ask(['CONFIG', 'SET', 'appendonly', 'yes']);
    await until(() => sync.held > 0, 'the data is written');
    expect((await client.ask(['SHUTDOWN'])).toString()).toBe(FAILED);
    client.send(['SHUTDOWN', 'NOSAVE']);
    await until(
      () => running.log.some((line) => line.startsWith('Killing running AOF rewrite child')),
      'the server ends',
    );
    sync.release();
    await running.server.ended;
  });
});
