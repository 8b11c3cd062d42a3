import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createServer } from '../../../src/server/index.js';
import { temporaryFolder } from '../../harness/folder.js';
import { PYTHON, requireProgram } from '../../harness/programs.js';
import { startRedis } from '../../harness/redis.js';

/**
 * Client libraries of other languages, as Debian has them, in a session each: a script says a line for each
 * thing it asked, as the library understood the answer. What is expected here is what they say of redis-server 7.0.15.
 */
const run = promisify(execFile);
const session = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** A server of its own for each session, ours and the one that it must not be told from. */
const SERVERS: readonly [name: string, start: () => Promise<Running>][] = [
  ['the bundled server', startOurs],
  ...(requireProgram('redis') ? [['redis-server', startReal] as [string, () => Promise<Running>]] : []),
];

interface Running extends AsyncDisposable {
  readonly port: string;
}

async function startOurs(): Promise<Running> {
  const server = await createServer();
  const { port = 0 } = await server.listen({ port: 0 });
  return { port: String(port), [Symbol.asyncDispose]: () => server.close() };
}

async function startReal(): Promise<Running> {
  const server = await startRedis();
  return { port: String(server.port), [Symbol.asyncDispose]: () => server.stop() };
}

async function lines(program: string, ...args: string[]): Promise<string[]> {
  const { stdout, stderr } = await run(program, args, { timeout: 50_000 });
  expect(stderr).toBe('');
  return stdout.trimEnd().split('\n');
}

describe.skipIf(!requireProgram('hiredis'))('hiredis', () => {
  it.each(SERVERS)('with %s', async (_, start) => {
    await using server = await start();
    using folder = temporaryFolder();
    const program = folder.file('session');
    await run('gcc', ['-o', program, session('session.c'), '-lhiredis']);
    expect(await lines(program, server.port)).toEqual([
      'PONG',
      'OK',
      '3',
      '(nil)',
      '9223372036854775807',
      '(error) ERR increment or decrement would overflow',
      '2',
      '["f1", "v1", "f2", "v2"]',
      '2',
      '["a", "1.5", "b", "2"]',
      '[1, ["x", "k"], (nil), "text", fine]',
      '(error) WRONGTYPE Operation against a key holding the wrong kind of value',
      "(error) ERR unknown command 'NOSUCH', with args beginning with: ",
      '1000',
      'OK',
      'QUEUED',
      'QUEUED',
      '[1000, (error) WRONGTYPE Operation against a key holding the wrong kind of value]',
      'OK',
      'the same',
      '["subscribe", "news", 1]',
      '1',
      '["message", "news", "hello"]',
    ]);
  });
});

describe.skipIf(!requireProgram('redis-py'))('redis-py', () => {
  it.each(SERVERS)('with %s', async (_, start) => {
    await using server = await start();
    expect(await lines(PYTHON, session('session.py'), server.port)).toEqual([
      "strings [None, 'v', 100, 'v', -1]",
      'numbers [5, 1.5, 0, 1]',
      "hash [2, {'a': '1', 'b': '2'}, 5]",
      "list [5, ['1', '2', '3'], '0', ('l', '1')]",
      "set [2, ['a', 'b'], [1, 0]]",
      "sorted set [2, [('a', 1.0), ('b', 2.5)], [('b', 2.5)]]",
      'geo [1, [(13.361389338970184, 38.1155563954963)], None]',
      "stream ['1-1', [('1-1', {'f': 'v'})], True]",
      "group [[['x', [('1-1', {'f': 'v'})]]], {'pending': 1, 'min': '1-1', 'max': '1-1', 'consumers': [{'name': 'c', 'pending': 1}]}, 1]",
      "stream info {'length': 1, 'groups': 1}",
      'hyperloglog [1, 2]',
      "scan ['k', 'n']",
      "types ['string', 'hash', 'list', 'set', 'zset', 'stream']",
      "transaction [6, '6']",
      'watch lost',
      "script ['k', 'x', 'v']",
      "function ['lib', 7]",
      'lock [True, True, False]',
      "messages [('subscribe', 1), ('psubscribe', 2), ('message', 'hello'), ('pmessage', 'hello')]",
      "server ['7.0.15', {'maxclients': '10000'}, True]",
      "client [True, 'mine', ['mine']]",
      "commands [2, True, ['a', 'b']]",
      "acl ['default', True, True]",
      'slow log True',
      'memory [True, True]',
      "dump {'a': '5', 'b': '2'}",
      'error WRONGTYPE Operation against a key holding the wrong kind of value',
      "error unknown command 'NOSUCH', with args beginning with: ",
      'error value is not an integer or out of range',
      'ResponseError AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
      'ResponseError DB index is out of range',
    ]);
  });
});

describe.skipIf(!requireProgram('redis.pm'))('Redis.pm', () => {
  it.each(SERVERS)('with %s', async (_, start) => {
    await using server = await start();
    expect(await lines('perl', session('session.pl'), server.port)).toEqual([
      'strings OK v (nil) 100',
      'bytes OK 256 256',
      'numbers 1 6 5',
      'hash 2 {a=1, b=2} [1, (nil)]',
      'list 4 [1, 2, 3, 4] 1 [l, 2]',
      'set 2 [a, b] 1',
      'sorted set 2 [a, 1, b, 2.5]',
      'keys [k, n] 1 hash 2',
      'scan 0 [bytes, h, l, s, z]',
      'transaction [OK, 2]',
      'pipeline [OK, 5, WRONGTYPE Operation against a key holding the wrong kind of value]',
      'script [k, x, 3]',
      'script by hash 7',
      'info 7.0.15 {maxclients=10000}',
      'client mine OK 0 OK',
      'published 2',
      'messages [[news, hello], [news, hello]]',
      'error [lpush] WRONGTYPE Operation against a key holding the wrong kind of value',
      "error [nosuch] ERR unknown command 'NOSUCH', with args beginning with: ",
      'error [incr] ERR value is not an integer or out of range',
      'quit 1',
    ]);
  });
});
