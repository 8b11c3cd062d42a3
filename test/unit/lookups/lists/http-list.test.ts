import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { HttpLookupConfig } from '../../../../src/config/model.js';
import { HttpList } from '../../../../src/lookups/lists/http-list.js';
import { ManualClock } from '../../../../src/testing/index.js';
import { ListServer, sends } from '../../../harness/list-server.js';
import { until } from '../../../harness/until.js';
import { configOf } from '../../config/problems-of.js';

const open: { close(): void }[] = [];

afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

interface Setting {
  readonly server: ListServer;
  readonly list: HttpList;
  readonly clock: ManualClock;
  readonly events: string[];
}

async function setting(answer: RequestListener, keys = '', login = ''): Promise<Setting> {
  const server = await ListServer.start(answer);
  open.push(server);
  const toml = `[http-lookup.l]\nurl = "http://${login}127.0.0.1:${server.port}/list"\nformat = "list"\n${keys}`;
  const config = configOf(toml).lookups.get('l') as HttpLookupConfig;
  const clock = new ManualClock();
  const events: string[] = [];
  const list = new HttpList(config, clock, {
    loaded: (_, entries, leftOut) => void events.push(`loaded ${entries} ${leftOut}`),
    unchanged: () => void events.push('unchanged'),
    failed: (_, reason) => void events.push(`failed: ${reason}`),
  });
  open.push(list);
  return { server, list, clock, events };
}

async function valueIn(list: HttpList, key: string): Promise<string> {
  const [outcome] = await list.source.lookup([{ key: Buffer.from(key) }]);
  return outcome?.kind === 'found' ? outcome.value.toString() : String(outcome?.kind);
}

describe('a list that is fetched', () => {
  it('has no answers until it is loaded', async () => {
    const { list, events } = await setting(sends('a@example.com\n\nB@example.com\n'));
    expect(await valueIn(list, 'a@example.com')).toBe('temporary');
    await list.load();
    expect(events).toEqual(['loaded 2 0']);
    expect(await Promise.all(['a@example.com', 'b@example.com', 'c'].map((key) => valueIn(list, key)))).toEqual([
      '1',
      '1',
      'notFound',
    ]);
  });

  it.each<[string, RequestListener, string]>([
    ['gzip as its encoding', sends(gzipSync('a\n'), { 'Content-Encoding': 'gzip' }), ''],
    ['gzip as its format', sends(gzipSync('a\n')), 'gzipped = true'],
    ['both, which is one', sends(gzipSync('a\n'), { 'Content-Encoding': 'gzip' }), 'gzipped = true'],
    ['a redirect', (request, response) => redirectOnce(request, response), ''],
  ])('understands %s', async (_, answer, keys) => {
    const { list, events } = await setting(answer, keys);
    await list.load();
    expect(events).toEqual(['loaded 1 0']);
    expect(await valueIn(list, 'a')).toBe('1');
  });

  it('leaves lines out that mean nothing', async () => {
    const keys = 'limits.entry-size = 5';
    const { list, events } = await setting(sends('a\ntoo long\nb\n'), keys);
    await list.load();
    expect(events).toEqual(['loaded 2 1']);
  });

  it('logs in at the server of its URL only', async () => {
    const elsewhere = await ListServer.start(sends('a\n'));
    open.push(elsewhere);
    const { server, list } = await setting(
      (_, response) => response.writeHead(302, { Location: `http://localhost:${elsewhere.port}/` }).end(),
      '',
      'us%40er:secret@',
    );
    await list.load();
    const basic = `Basic ${Buffer.from('us@er:secret').toString('base64')}`;
    expect(server.requests[0]?.headers.authorization).toBe(basic);
    expect(elsewhere.requests[0]?.headers.authorization).toBe(undefined);
  });
});

function redirectOnce(request: IncomingMessage, response: ServerResponse): void {
  if (request.url === '/list') response.writeHead(301, { Location: '/elsewhere' }).end();
  else response.end('a\n');
}

describe('a list that cannot be had', () => {
  it.each<[string, RequestListener, string, string]>([
    ['an error', sends('a', {}, 500), '', 'the server answers 500'],
    ['nothing that was asked for', sends('', {}, 204), '', 'the server answers 204'],
    ['a page', sends('\n<!DOCTYPE html><p>'), '', 'it is an HTML page'],
    ['a file that is packed', sends(gzipSync('a')), '', 'it is a gzip file: gzipped = true'],
    [
      'half a gzip file',
      sends(gzipSync('a'.repeat(99)).subarray(0, 12)),
      'gzipped = true',
      'it cannot be unpacked: no gzip file, or half of one',
    ],
    ['too much', sends('a'.repeat(101)), 'limits.size = 100', 'it has more than 100 bytes'],
    [
      'too much, packed',
      sends(gzipSync('a\n'.repeat(1e6))),
      'gzipped = true\nlimits.size = "10kb"',
      'it has more than 10240 bytes',
    ],
    [
      'too much, encoded',
      sends(gzipSync('a\n'.repeat(1e6)), { 'Content-Encoding': 'gzip' }),
      'limits.size = "10kb"',
      'it has more than 10240 bytes',
    ],
    ['too many entries', sends('a\nb\n'), 'limits.entries = 1', 'it has more than 1 entries'],
    [
      'wrong lines alone',
      sends('abcdef\nghijkl\n'),
      'limits.entry-size = 5',
      'none of its 2 lines means anything; line 1: the entry has more than 5 bytes',
    ],
    ['a redirect to a file', sends('', { Location: 'file:///etc/passwd' }, 302), '', 'the server redirects to file:'],
    ['a redirect to nothing', sends('', { Location: 'http://[' }, 302), '', 'the server redirects to what is no URL'],
    ['a circle', sends('', { Location: '/list' }, 302), '', 'more than 5 redirects'],
    [
      'a cut',
      (_, response) => void response.writeHead(200, { 'Content-Length': '9' }).write('a\n', () => response.destroy()),
      '',
      'other side closed',
    ],
  ])('answers %s', async (_, answer, keys, reason) => {
    const { list, events } = await setting(answer, keys);
    await list.load();
    expect(events).toEqual([`failed: ${reason}`]);
    expect(await valueIn(list, 'a')).toBe('temporary');
  });

  it('is silent', async () => {
    const { server, list, clock, events } = await setting(() => {}, 'timeout = "7s"');
    const loading = list.load();
    await until(() => server.requests.length === 1, 'it was asked');
    clock.advance(6_999);
    expect(events).toEqual([]);
    clock.advance(1);
    await loading;
    expect(events).toEqual(['failed: not there after 7000 ms']);
  });

  it('is not there, and no URL is told', async () => {
    const { server, list, events } = await setting(sends(''), '', 'user:secret@');
    const { port } = server;
    server.close();
    await list.load();
    expect(events).toEqual([`failed: connect ECONNREFUSED 127.0.0.1:${port}`]);
  });

  it('is closed while it loads', async () => {
    const { server, list, clock, events } = await setting(() => {});
    const loading = list.load();
    await until(() => server.requests.length === 1, 'it was asked');
    list.close();
    await loading;
    expect(events).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});

describe('time', () => {
  const KEYS = 'refresh = "10m"\nretry = "1m"';

  it('loads again after refresh, or after retry where it failed, and keeps what it had', async () => {
    const { server, list, clock, events } = await setting(sends('a\n'), KEYS);
    await list.load();
    server.answer = sends('', {}, 503);
    clock.advance(600_000);
    await until(() => events.length === 2, 'it is loaded again');
    expect(await valueIn(list, 'a')).toBe('1');
    expect(clock.now() - (list.loadedAt ?? 0)).toBe(600_000);
    server.answer = sends('b\n');
    clock.advance(60_000);
    await until(() => events.length === 3, 'it is tried again');
    expect(events).toEqual(['loaded 1 0', 'failed: the server answers 503', 'loaded 1 0']);
    expect([await valueIn(list, 'a'), await valueIn(list, 'b')]).toEqual(['notFound', '1']);
    expect(list.loadedAt).toBe(clock.now());
  });

  it('asks only whether it changed', async () => {
    const date = 'Sat, 21 Nov 2026 10:00:00 GMT';
    const { server, list, clock, events } = await setting(sends('a\n', { ETag: '"v1"', 'Last-Modified': date }), KEYS);
    await list.load();
    server.answer = sends('', {}, 304);
    clock.advance(600_000);
    await until(() => events.length === 2, 'it is loaded again');
    expect(events).toEqual(['loaded 1 0', 'unchanged']);
    expect(server.requests[1]?.headers).toMatchObject({ 'if-none-match': '"v1"', 'if-modified-since': date });
    expect(await valueIn(list, 'a')).toBe('1');
    expect(list.loadedAt).toBe(clock.now());
  });
});
