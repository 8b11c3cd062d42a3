import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { problemAnswer } from '../../../src/frontends/http/schemas.js';
import { storeOperations } from '../../../src/frontends/http/store-operations.js';
import { openConfigured } from '../../../src/stores/factory.js';
import { CUTS, connectionsGone } from '../../harness/cuts.js';
import { TestDaemon } from '../../harness/daemon.js';
import { askHttp } from '../../harness/http-client.js';
import { Wire } from '../../harness/wire.js';

const CONFIG = `
[store.local]
type = "embedded"
[store.other]
type = "embedded"
[store.down]
type = "redis"
url = "redis://127.0.0.1:1"
retry.total = 0
[map.users]
store = "local"
[server.listener.api]
protocol = "http"
bind = "127.0.0.1:0"
write = true
stores = ["local", "down"]
[server.listener.readers]
protocol = "http"
bind = "127.0.0.1:0"
`;

let daemon: TestDaemon;

beforeAll(async () => {
  daemon = await TestDaemon.start(CONFIG, { openStore: (config) => openConfigured(config) });
});

afterAll(() => daemon.stop());

const ask = async (method: string, path: string, body?: unknown, headers?: Record<string, string>) => {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await askHttp(daemon.port('api'), method, path, text, headers);
  holdAgainstSchema(method, path, answer);
  return answer;
};

/** Every answer of these tests is what `/openapi.json` says. */
function holdAgainstSchema(method: string, path: string, { status, json }: Awaited<ReturnType<typeof askHttp>>): void {
  if (method === 'HEAD' || !path.startsWith('/store/')) return;
  const action = method === 'POST' ? path.slice(path.lastIndexOf('/') + 1) : undefined;
  const operation = storeOperations.find((declared) => declared.method === method && declared.action === action);
  if (status === 200) operation!.reply.parse(json);
  else problemAnswer.parse(json);
}

const post = (path: string, body: unknown = {}) => ask('POST', path, body);

describe('a body', () => {
  test.each([
    ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n8\r\n{"value"\r\n5\r\n:"v"}\r\n0\r\n\r\n', '200 OK'],
    ['in too many chunks', `Transfer-Encoding: chunked\r\n\r\n101000\r\n${'x'.repeat(0x101000)}\r\n0\r\n\r\n`, '413'],
    ['that is not there', '\r\n', '400 Bad Request'],
  ])('%s', async (_, rest, answer) => {
    const wire = await Wire.connect(daemon.address('api'));
    wire.send(`PUT /store/local/chunks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${rest}`);
    await wire.expect(`HTTP/1.1 ${answer}`);
    wire.close();
  });
});

describe('a client that is gone in the middle has changed nothing, and others are served', () => {
  const HEAD = 'HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
  const BODY = '{"value":"cut"}';

  describe.each(CUTS)('%s', (_, cut) => {
    test.each([
      ['of the first line', 'DELETE /store/local/kept HTTP/1.1'],
      ['of the head', `DELETE /store/local/kept ${HEAD}`],
      ['of the end of the head', `DELETE /store/local/kept ${HEAD}\r`],
      ['of a body', `PUT /store/local/kept ${HEAD}Content-Length: ${BODY.length}\r\n\r\n${BODY.slice(0, -1)}`],
      ['of a body that could be whole', `PUT /store/local/kept ${HEAD}Content-Length: 100\r\n\r\n${BODY}`],
      ['of chunks', `PUT /store/local/kept ${HEAD}Transfer-Encoding: chunked\r\n\r\nf\r\n${BODY}\r\n`],
    ])('%s', async (_, said) => {
      await ask('PUT', '/store/local/kept', { value: 'as it was' });
      const wire = await Wire.connect(daemon.address('api'));
      wire.send(said);
      await cut(wire);
      await connectionsGone(daemon, 'api');
      expect(await ask('GET', '/store/local/kept')).toMatchObject({ status: 200, json: { value: 'as it was' } });
    });
  });
});

describe('a key', () => {
  test('is set, read and deleted', async () => {
    expect(await ask('GET', '/store/local/greeting')).toMatchObject({ status: 404, json: { error: 'not-found' } });
    expect(await ask('PUT', '/store/local/greeting', { value: 'Grüße' })).toMatchObject({
      status: 200,
      json: { store: 'local', key: 'greeting' },
    });
    expect(await ask('GET', '/store/local/greeting')).toMatchObject({ status: 200, json: { value: 'Grüße' } });
    expect(await ask('GET', '/lookup/users/greeting')).toMatchObject({ status: 200, json: { value: 'Grüße' } });
    expect(await ask('DELETE', '/store/local/greeting')).toMatchObject({ status: 200, json: { deleted: true } });
    expect(await ask('DELETE', '/store/local/greeting')).toMatchObject({ status: 200, json: { deleted: false } });
  });

  test('and its value may be any bytes, the key with slashes', async () => {
    await ask('PUT', '/store/local/a%2Fb/%FF', { valueBase64: '/w==' });
    const { json } = await ask('GET', '/store/local/a/b/%ff');
    expect(json).toMatchObject({ key: null, keyBase64: 'YS9iL/8=', value: null, valueBase64: '/w==' });
  });

  test('is set once where it must not exist', async () => {
    const once = { value: '1', ifAbsent: true, ttl: '1h' };
    expect(await ask('PUT', '/store/local/once', once)).toMatchObject({ status: 200 });
    expect(await ask('PUT', '/store/local/once', once)).toMatchObject({ status: 409, json: { error: 'exists' } });
  });
});

test('counters are exact', async () => {
  expect(await post('/store/local/counter/increment')).toMatchObject({ json: { value: 1 } });
  expect(await ask('POST', '/store/local/counter/increment', '')).toMatchObject({ json: { value: 2 } });
  expect(await post('/store/local/counter/increment', { by: Number.MAX_SAFE_INTEGER, ttl: 60_000 })).toMatchObject({
    json: { value: '9007199254740993' },
  });
  await ask('PUT', '/store/local/text', { value: 'x' });
  expect(await post('/store/local/text/increment')).toMatchObject({ status: 502, json: { error: 'permanent' } });
});

test('a lock has one owner, who extends and unlocks it', async () => {
  const { json: taken } = await post('/store/local/job/lock', { ttl: '1m' });
  expect(taken).toMatchObject({ token: expect.stringMatching(/^[0-9a-f]{32}$/) as string, fence: expect.any(String) });
  const { token } = taken as { token: string };
  expect(await post('/store/local/job/lock', { ttl: '1m' })).toMatchObject({ status: 409, json: { error: 'locked' } });
  expect(await post('/store/local/job/extend', { token, ttl: '2m' })).toMatchObject({ status: 200 });
  expect(await post('/store/local/job/unlock', { token: 'another' })).toMatchObject({ status: 409 });
  expect(await post('/store/local/job/unlock', { token })).toMatchObject({ status: 200 });
  expect(await post('/store/local/job/unlock', { token })).toMatchObject({ status: 409, json: { error: 'lost' } });
});

test('rates and greylists are decided', async () => {
  const rate = () => post('/store/local/ann/rate', { rate: '1/1h', algorithm: 'leaky-bucket' });
  expect(await rate()).toMatchObject({ status: 200, json: { allowed: true, remaining: 0 } });
  expect(await rate()).toMatchObject({ status: 200, json: { allowed: false } });
  expect(await post('/store/local/grey/greylist', { delay: '1m' })).toMatchObject({
    json: { passed: false, state: 'new', retryAfter: 60_000 },
  });
});

describe('is refused', () => {
  test.each<[string, string, string, unknown, number, string]>([
    ['a store that is not offered', 'GET', '/store/other/x', undefined, 404, 'unknown-store'],
    ['a path without a key', 'GET', '/store/local', undefined, 404, 'no-such-resource'],
    ['a key that is not encoded', 'GET', '/store/local/%zz', undefined, 400, 'invalid-encoding'],
    ['another method', 'PATCH', '/store/local/x', {}, 405, 'method-not-allowed'],
    ['an action that there is not', 'POST', '/store/local/x/explode', {}, 404, 'no-such-resource'],
    ['a body that is no JSON', 'PUT', '/store/local/x', '{', 400, 'invalid-body'],
    ['a value that is none', 'PUT', '/store/local/x', {}, 400, 'invalid-body'],
    ['two values', 'PUT', '/store/local/x', { value: 'a', valueBase64: '' }, 400, 'invalid-body'],
    ['a field nobody knows', 'PUT', '/store/local/x', { value: 'a', tll: 5 }, 400, 'invalid-body'],
    ['a time to live that is none', 'PUT', '/store/local/x', { value: 'a', ttl: '1x' }, 400, 'invalid-body'],
    ['a rate that is none', 'POST', '/store/local/x/rate', { rate: '5' }, 400, 'invalid-body'],
    ['a window before the delay', 'POST', '/store/local/x/greylist', { delay: '9h' }, 400, 'invalid'],
    ['a store that is down', 'GET', '/store/down/x', undefined, 503, 'temporary'],
  ])('%s', async (_, method, path, body, status, error) => {
    expect(await ask(method, path, body)).toMatchObject({ status, json: { error } });
  });

  test('what a page in a browser could send without asking', async () => {
    const plain = { 'content-type': 'text/plain' };
    expect(await ask('POST', '/store/local/x/increment', '{}', plain)).toMatchObject({ status: 415 });
    const asked = { origin: 'http://evil.test', 'access-control-request-method': 'PUT' };
    const preflight = await ask('OPTIONS', '/store/local/x', undefined, asked);
    expect(preflight.status).toBe(405);
    expect(preflight.headers).not.toHaveProperty('access-control-allow-origin');
  });

  test('a body that is too large', async () => {
    const value = 'x'.repeat(1_048_576);
    expect(await ask('PUT', '/store/local/x', { value })).toMatchObject({ status: 413, json: { error: 'too-large' } });
  });
});

test('a listener that allows no changes has none of it', async () => {
  const get = (path: string) => askHttp(daemon.port('readers'), 'GET', path);
  expect((await get('/store/local/greeting')).status).toBe(404);
  const { paths } = (await get('/openapi.json')).json as { paths: object };
  expect(Object.keys(paths)).toEqual(['/lookup/{map}/{key}', '/lookup/{map}']);
});

test('is described by OpenAPI, from the schemas that check it', async () => {
  const { json } = await ask('GET', '/openapi.json');
  expect(json).toMatchObject({
    openapi: '3.1.0',
    paths: {
      '/store/{store}/{key}': { get: {}, put: {}, delete: {} },
      '/store/{store}/{key}/rate': {
        post: {
          requestBody: {
            content: { 'application/json': { schema: { required: ['rate'], additionalProperties: false } } },
          },
        },
      },
    },
  });
});
