import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../harness/folder.js';
import { freePorts } from '../harness/ports.js';
import { RawClient } from '../harness/raw-client.js';
import { ServerProcess } from '../harness/server-process.js';
import { Wire } from '../harness/wire.js';

async function ask(port: number, ...words: string[]): Promise<string> {
  const client = await RawClient.connect(port);
  try {
    return (await client.ask(words)).toString();
  } finally {
    client.close();
  }
}

describe('lookupd server', () => {
  it('runs on options, as redis-server does, and ends by SIGTERM', async () => {
    const [port = 0] = await freePorts(1);
    await using server = new ServerProcess(['--port', String(port), '--save', '', '--maxclients', '77']);
    await server.ready();
    expect(server.output).toContain(`PID: ${server.pid}`);
    expect(server.output).toContain(`Listening on 127.0.0.1:${port}`);
    expect(await ask(port, 'PING')).toBe('+PONG\r\n');
    expect(await ask(port, 'CONFIG', 'GET', 'maxclients')).toBe('*2\r\n$10\r\nmaxclients\r\n$2\r\n77\r\n');
    expect(await ask(port, 'EVAL', 'return 7', '0')).toBe(':7\r\n');
    server.signal('SIGTERM');
    expect(await server.ended()).toBe(0);
    expect(server.output).toContain('Received SIGTERM scheduling shutdown...');
  });

  it('has its folder for itself where it writes files, and shares it where not', async () => {
    using folder = temporaryFolder();
    const start = async (...words: string[]) => {
      const [port = 0] = await freePorts(1);
      return new ServerProcess(['--port', String(port), '--dir', folder.path, ...words]);
    };
    await using first = await start('--appendonly', 'yes');
    await first.ready();
    await using second = await start();
    expect(await second.ended()).toBe(1);
    expect(second.output).toContain(`is in use by process ${first.pid}`);
    await using third = await start('--save', '');
    await third.ready();
  });

  it('goes on when nobody reads its log any more', async () => {
    using folder = temporaryFolder();
    const [port = 0] = await freePorts(1);
    await using server = new ServerProcess(['--port', String(port), '--dir', folder.path]);
    await server.ready();
    server.closeOutput();
    expect(await ask(port, 'SET', 'k', 'v')).toBe('+OK\r\n');
    expect(await ask(port, 'SAVE')).toBe('+OK\r\n');
    expect(await ask(port, 'SAVE')).toBe('+OK\r\n');
    server.signal('SIGTERM');
    expect(await server.ended()).toBe(0);
    expect(existsSync(folder.file('dump.rdb'))).toBe(true);
  });

  it('logs where it was when SIGABRT ends it', async () => {
    const [port = 0] = await freePorts(1);
    await using server = new ServerProcess(['--port', String(port), '--save', '']);
    await server.ready();
    server.signal('SIGABRT');
    await server.ended();
    expect(server.output).toContain('crashed by signal: SIGABRT');
    expect(server.output).toContain('uptime_in_seconds:');
    expect(server.output).toContain('=== LOOKUPD BUG REPORT END ===');
  });

  it('reads a file, what it includes and the options behind it', async () => {
    using folder = temporaryFolder();
    const [port = 0] = await freePorts(1);
    const file = folder.file('redis.conf');
    writeFileSync(folder.file('more.conf'), "requirepass 'se cret'\nmaxmemory 10mb\n");
    writeFileSync(
      file,
      [
        '# a comment',
        'port 1',
        '  save 900 1',
        'save 300 10',
        `include ${folder.file('more.conf')}`,
        `logfile "${folder.file('server.log')}"`,
        `pidfile ${folder.file('server.pid')}`,
        `dir ${folder.path}`,
        'unixsocket redis.sock',
        'unixsocketperm 700',
      ].join('\n'),
    );
    await using server = new ServerProcess([file, '--port', String(port), '--maxmemory', '20mb']);
    const log = () => (existsSync(folder.file('server.log')) ? readFileSync(folder.file('server.log'), 'utf8') : '');
    await expect.poll(log, { timeout: 20_000 }).toContain('Ready to accept connections');
    expect(server.output).toBe('');
    expect(readFileSync(folder.file('server.pid'), 'utf8')).toBe(`${server.pid}\n`);
    expect(statSync(folder.file('redis.sock')).mode & 0o777).toBe(0o700);
    const wire = await Wire.connect({ path: folder.file('redis.sock') });
    wire.send(
      'GET k\r\nAUTH "se cret"\r\nCONFIG GET save\r\nCONFIG GET maxmemory\r\nCONFIG SET maxclients 5\r\nCONFIG REWRITE\r\n',
    );
    await wire.expect('-NOAUTH Authentication required.\r\n+OK\r\n*2\r\n$4\r\nsave\r\n$12\r\n900 1 300 10\r\n');
    await wire.expect('*2\r\n$9\r\nmaxmemory\r\n$8\r\n20971520\r\n+OK\r\n+OK\r\n');
    wire.send('SHUTDOWN NOSAVE\r\n');
    await wire.expectEnd();
    expect(await server.ended()).toBe(0);
    expect(existsSync(folder.file('redis.sock'))).toBe(false);
    expect(existsSync(folder.file('server.pid'))).toBe(false);
    const rewritten = readFileSync(file, 'utf8');
    expect(rewritten).toContain('# a comment\n');
    expect(rewritten).toContain(`port ${port}\n`);
    expect(rewritten).toContain('maxclients 5\n');
    expect(rewritten.match(/^save/gm)).toEqual(['save', 'save']);
  });

  it('reads a configuration from standard input', async () => {
    const [port = 0] = await freePorts(1);
    await using server = new ServerProcess(['-'], `port ${port}\nbind 127.0.0.1\ntimeout 100\n`);
    await server.ready();
    expect(await ask(port, 'CONFIG', 'GET', 'timeout')).toContain('100');
  });

  it.each([
    [
      'an unknown directive',
      ['--nosuch', 'x'],
      'at line 2\n>>> \'nosuch "x"\'\nBad directive or wrong number of arguments',
    ],
    [
      'a wrong value',
      ['--port', '0', '--maxclients', 'x'],
      "at line 3\n>>> 'maxclients \"x\"'\nargument couldn't be parsed into an integer",
    ],
    [
      'a file that is not there',
      ['/nosuch/redis.conf'],
      "can't open config file '/nosuch/redis.conf': No such file or directory",
    ],
    ['users that make no sense', ['--user', 'a', '+nosuch'], 'Critical error while loading ACLs. Exiting.'],
    ['addresses that are all missing', ['--bind', '-192.0.2.1'], 'Configured to not listen anywhere, exiting.'],
    ['a socket in no folder', ['--port', '0', '--unixsocket', '/nosuch/s'], 'bind: No such file or directory'],
    ['a feature that is not there', ['--tls-cluster', 'yes'], 'TLS between nodes is not available yet'],
    ['nowhere to listen', ['--port', '0'], 'Configured to not listen anywhere, exiting.'],
  ])('ends with 1 on %s', async (_, args, text) => {
    await using server = new ServerProcess(args);
    expect(await server.ended()).toBe(1);
    await expect.poll(() => server.output).toContain(text);
  });

  it('ends with 1 when the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    await using server = new ServerProcess(['--port', String(port)]);
    expect(await server.ended()).toBe(1);
    expect(server.output).toContain(`Failed listening on port ${port}`);
    other.close();
  });

  it('tells its version', async () => {
    await using server = new ServerProcess(['--version']);
    expect(await server.ended()).toBe(0);
    await expect.poll(() => server.output).toMatch(/^lookupd server v=\d+\.\d+\.\d+ redis=7\.0\.15 bits=64\n$/);
  });
});
