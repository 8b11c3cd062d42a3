import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { foundAnswer, listAnswer, problemAnswer } from '../../../src/frontends/http/schemas.js';
import { TestDaemon } from '../../harness/daemon.js';
import { askHttp } from '../../harness/http-client.js';
import { Wire } from '../../harness/wire.js';

const CONFIG = `
[store.local]
type = "embedded"
[store.local.data]
"user@example.org" = "target@example.net"
"user+x@example.org" = "extended"
"a/b" = "slash"
"a b" = "space"
"grün" = "Grüße"
"empty" = ""
".." = "dots"
[store.down]
type = "embedded"
[map.users]
store = "local"
[map."odd/name"]
store = "local"
[map.hidden]
store = "local"
[map.broken]
store = "down"

[server.listener.lookup]
protocol = "http"
bind = "127.0.0.1:0"
maps = ["users", "odd/name", "broken"]
[server.listener.admin]
protocol = "http"
bind = "127.0.0.1:0"
serve = ["health", "metrics"]
[server.listener.small]
protocol = "http"
bind = "127.0.0.1:0"
limits.max-connections = 1
`;

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await TestDaemon.start(CONFIG);
  daemon.store('local').values.set('\xff', Buffer.from([0xfe]));
  daemon.store('local').wrongTypes.add('hash');
  daemon.store('down').failure = 'UNREACHABLE';
});

afterAll(() => daemon.stop());

const ask = async (listener: string, method: string, path: string, body?: string) => {
  const answer = await askHttp(daemon.port(listener), method, path, body);
  if (method !== 'HEAD' && path.startsWith('/lookup/')) schemaOf(method, answer.status).parse(answer.json);
  return answer;
};

/** Every answer of these tests is what `/openapi.json` says. */
function schemaOf(method: string, status: number | undefined) {
  if (status !== 200) return problemAnswer;
  return method === 'POST' ? listAnswer : foundAnswer;
}

const get = (path: string) => ask('lookup', 'GET', path);

describe('GET /lookup', () => {
  test.each([
    ['/lookup/users/user@example.org', 'user@example.org', 'target@example.net'],
    ['/lookup/users/user%40example.org', 'user@example.org', 'target@example.net'],
    ['/lookup/users/user+x@example.org', 'user+x@example.org', 'extended'],
    ['/lookup/users?key=user%2Bx@example.org', 'user+x@example.org', 'extended'],
    ['/lookup/users?other=1&key=a+b', 'a b', 'space'],
    ['/lookup/users/a%20b', 'a b', 'space'],
    ['/lookup/users/a/b', 'a/b', 'slash'],
    ['/lookup/users/a%2Fb', 'a/b', 'slash'],
    ['/lookup/users/gr%C3%BCn', 'grün', 'Grüße'],
    ['/lookup/users/empty', 'empty', ''],
    ['/lookup/odd%2Fname/a/b', 'a/b', 'slash'],
  ])('%s', async (path, key, value) => {
    const map = path.startsWith('/lookup/odd') ? 'odd/name' : 'users';
    const answer = await get(path);
    expect(answer).toMatchObject({ status: 200, json: { map, key, value } });
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' });
  });

  test('bytes that are not UTF-8 are answered in base64', async () => {
    expect(await get('/lookup/users/%FF')).toMatchObject({
      status: 200,
      json: { map: 'users', key: null, keyBase64: '/w==', value: null, valueBase64: '/g==' },
    });
  });

  test.each([
    ['/lookup/users/nobody', 404, 'not-found'],
    ['/lookup/users/', 404, 'not-found'],
    ['/lookup/nothing/key', 404, 'unknown-map'],
    ['/lookup/hidden/key', 404, 'unknown-map'],
    ['/lookup/', 404, 'unknown-map'],
    ['/lookup', 404, 'no-such-resource'],
    ['/', 404, 'no-such-resource'],
    ['/metrics', 404, 'no-such-resource'],
    ['/livez', 404, 'no-such-resource'],
    ['/lookup/users', 400, 'missing-key'],
    ['/lookup/users?keys=a', 400, 'missing-key'],
    ['/lookup/users/100%', 400, 'invalid-encoding'],
    ['/lookup/users?key=%zz', 400, 'invalid-encoding'],
    ['/lookup/broken/key', 503, 'temporary'],
    ['/lookup/users/hash', 502, 'permanent'],
  ])('%s is %i %s', async (path, status, error) => {
    const answer = await get(path);
    expect(answer).toMatchObject({ status, json: { error, status, title: expect.any(String) as string } });
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.headers['retry-after']).toBe(status === 503 ? '2' : undefined);
  });

  test('HEAD answers as GET, without a body', async () => {
    expect(await ask('lookup', 'HEAD', '/lookup/users/user@example.org')).toMatchObject({ status: 200, body: '' });
    expect(await ask('lookup', 'HEAD', '/lookup/users/nobody')).toMatchObject({ status: 404, body: '' });
  });

  test.each(['PUT', 'DELETE', 'PATCH'])('%s is not allowed', async (method) => {
    const answer = await ask('lookup', method, '/lookup/users/key');
    expect(answer).toMatchObject({ status: 405, json: { error: 'method-not-allowed' } });
    expect(answer.headers['allow']).toBe('GET, HEAD, POST');
  });
});

describe('POST /lookup', () => {
  test('answers a list, in the order of the keys', async () => {
    const keys = ['user@example.org', 'nobody', 'hash', 'empty'];
    const answer = await ask('lookup', 'POST', '/lookup/users', JSON.stringify({ keys }));
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual([
      { map: 'users', key: 'user@example.org', value: 'target@example.net' },
      { map: 'users', key: 'nobody', error: 'not-found' },
      { map: 'users', key: 'hash', error: 'permanent', detail: expect.any(String) as string },
      { map: 'users', key: 'empty', value: '' },
    ]);
  });

  test('a list of failures says so for each key', async () => {
    const answer = await ask('lookup', 'POST', '/lookup/broken', '{"keys":["a"]}');
    expect(answer.json).toEqual([
      { map: 'broken', key: 'a', error: 'temporary', detail: expect.any(String) as string },
    ]);
  });

  test('as many keys as there may be', async () => {
    const keys = Array.from({ length: 1_000 }, () => 'user@example.org');
    const { status, json } = await ask('lookup', 'POST', '/lookup/users', JSON.stringify({ keys }));
    expect(status).toBe(200);
    expect(json).toHaveLength(1_000);
  });

  test('no keys, no answers', async () => {
    expect((await ask('lookup', 'POST', '/lookup/users', '{"keys":[]}')).json).toEqual([]);
  });

  test.each([
    ['no JSON', 'keys', 400, 'invalid-body'],
    ['no keys', '{}', 400, 'invalid-body'],
    ['null', 'null', 400, 'invalid-body'],
    ['keys that are no list', '{"keys":"a"}', 400, 'invalid-body'],
    ['keys that are no text', '{"keys":[1]}', 400, 'invalid-body'],
    ['too many keys', JSON.stringify({ keys: Array.from({ length: 1_001 }, () => 'k') }), 413, 'too-many-keys'],
    ['too large a body', JSON.stringify({ keys: ['k'.repeat(1_100_000)] }), 413, 'too-large'],
  ])('%s', async (_, body, status, error) => {
    expect(await ask('lookup', 'POST', '/lookup/users', body)).toMatchObject({ status, json: { error } });
  });

  test('an unknown map', async () => {
    expect(await ask('lookup', 'POST', '/lookup/nothing', '{"keys":[]}')).toMatchObject({
      status: 404,
      json: { error: 'unknown-map' },
    });
  });
});

describe('health and metrics', () => {
  test('alive, and ready also while a store is down', async () => {
    expect(await ask('admin', 'GET', '/livez')).toMatchObject({ status: 200, json: { status: 'alive' } });
    expect(await ask('admin', 'GET', '/readyz')).toMatchObject({
      status: 200,
      json: {
        status: 'ready',
        stores: [
          { store: 'local', state: 'up' },
          { store: 'down', state: 'down', nodes: [{ node: 'memory', status: 'disconnected' }] },
        ],
      },
    });
  });

  test('lookups are not served where serve does not name them', async () => {
    expect(await ask('admin', 'GET', '/lookup/users/key')).toMatchObject({ status: 404 });
    expect(await ask('admin', 'POST', '/readyz')).toMatchObject({ status: 405 });
  });

  test('metrics count lookups by listener, map and result, and hold no key', async () => {
    await get('/lookup/users/user@example.org');
    const { body, headers } = await ask('admin', 'GET', '/metrics');
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(body).toMatch(/^lookupd_lookups_total\{listener="lookup",map="users",result="found"\} [1-9]\d*$/m);
    expect(body).toMatch(/^lookupd_lookup_duration_seconds_bucket\{.*le="\+Inf".*\} [1-9]\d*$/m);
    expect(body).toMatch(/^lookupd_connections\{listener="admin"\} [1-9]\d*$/m);
    expect(body).toMatch(/^lookupd_build_info\{version="0\.0\.0"\} 1$/m);
    expect(body).not.toContain('example.org');
    expect(body).not.toMatch(/lookupd_lookups_total\{listener="admin"/);
  });
});

test('a connection too many is told so and closed', async () => {
  const first = await Wire.connect(daemon.address('small'));
  first.send('GET /lookup/users/empty HTTP/1.1\r\nHost: x\r\n\r\n');
  await first.readUntil('"value":""}');
  const second = await Wire.connect(daemon.address('small'));
  const refused = (await second.rest()).toString();
  expect(refused).toMatch(/^HTTP\/1\.1 503 .*Retry-After: 1\r\n.*too many connections/s);
  first.close();
  second.close();
});
