import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config/load.js';
import type { Config, RedisStoreConfig } from '../../../src/config/model.js';
import { machine } from './problems-of.js';

const FILE = `
[store.redis]
type = "redis"
url = "redis://127.0.0.1"
[store."My_Other.Store"]
type = "embedded"
[map.users]
store = "redis"
[server.listener.http]
protocol = "http"
bind = "127.0.0.1:8080"
`;

const host = machine({ '/run/secrets/redis': 's3cret\n' });

function read(env: Readonly<Record<string, string>>) {
  return readConfig({ text: FILE }, { ...host, overrides: env });
}

function load(env: Readonly<Record<string, string>>): Config {
  const { config, problems } = read(env);
  expect(problems).toEqual([]);
  return config!;
}

const redis = (config: Config) => config.stores.get('redis') as RedisStoreConfig;

describe('variables', () => {
  it.each<[string, Record<string, string>, (config: Config) => unknown, unknown]>([
    ['a key', { LOOKUPD_LOG__LEVEL: 'debug' }, (c) => c.log.level, 'debug'],
    ['case does not count', { LOOKUPD_log__Level: 'debug' }, (c) => c.log.level, 'debug'],
    [
      'over the file',
      { LOOKUPD_STORE__REDIS__URL: 'redis://valkey' },
      (c) => redis(c).endpoints,
      [{ host: 'valkey', port: 6379 }],
    ],
    ['a number', { LOOKUPD_STORE__REDIS__DATABASE: '3' }, (c) => redis(c).database, 3],
    ['a nested key', { LOOKUPD_STORE__REDIS__RETRY__MAX_WAIT: '2s' }, (c) => redis(c).retry.maxWait, 2_000],
    ['a flag', { LOOKUPD_STORE__REDIS__LAZY_CONNECT: 'true' }, (c) => redis(c).lazyConnect, true],
    [
      'an array',
      { LOOKUPD_SERVER__LISTENER__HTTP__SERVE: '["health", "metrics"]' },
      (c) => c.listeners.get('http')?.serve,
      ['health', 'metrics'],
    ],
    [
      'one of an array',
      { LOOKUPD_SERVER__LISTENER__HTTP__BIND: '127.0.0.1:1' },
      (c) => c.listeners.get('http')?.bind,
      [{ host: '127.0.0.1', port: 1 }],
    ],
    [
      'an id as the file has it',
      { LOOKUPD_STORE__MY_OTHER_STORE__KEY_PREFIX: 'x:' },
      (c) => c.stores.get('My_Other.Store')?.keyPrefix,
      'x:',
    ],
    ['a section of its own', { LOOKUPD_MAP__VIP_LIST__STORE: 'redis' }, (c) => c.maps.has('vip-list'), true],
    ['a secret', { LOOKUPD_STORE__REDIS__PASSWORD: 'p%{env:X}%' }, (c) => redis(c).password?.reveal(), 'p%{env:X}%'],
    [
      'a secret in a file',
      { LOOKUPD_STORE__REDIS__PASSWORD_FILE: '/run/secrets/redis' },
      (c) => redis(c).password?.reveal(),
      's3cret',
    ],
    ['empty ones set nothing', { LOOKUPD_LOG__LEVEL: '' }, (c) => c.log.level, 'info'],
    [
      'what Kubernetes makes',
      { LOOKUPD_SERVICE_HOST: '10.0.0.1', LOOKUPD_PORT: 'tcp://10.0.0.1:80' },
      (c) => c.listeners.size,
      1,
    ],
  ])('%s', (_, env, value, expected) => {
    expect(value(load(env))).toEqual(expected);
  });
});

describe('what is wrong is told with the variable', () => {
  it.each([
    ['LOOKUPD_LOG__LEVEL', 'loud', '"level": expected one of "trace", "debug", "info", "warn", "error"'],
    ['LOOKUPD_LOGG__LEVEL', 'info', 'unknown section "logg"'],
    ['LOOKUPD_STORE__REDIS__TIEMOUT', '1s', 'unknown key "tiemout"'],
    ['LOOKUPD_STORE__REDIS__TYPE__X', '1s', '"type" is no table in the file'],
    ['LOOKUPD_STORE____URL', 'x', 'a name between underscores is missing'],
    ['LOOKUPD_SERVER__LISTENER__HTTP__BIND', '[127.0.0.1]', 'what stands in brackets is no array of TOML'],
    ['LOOKUPD_STORE__REDIS__PASSWORD_FILE', '/nowhere', 'cannot read /nowhere: there is no such file'],
    ['LOOKUPD_MAP__USERS__STORE', 'rdis', 'there is no store "rdis"'],
  ])('%s=%s', (variable, value, message) => {
    const { problems } = read({ [variable]: value });
    expect(problems.map((problem) => `${problem.file}: ${problem.message}`)).toEqual([`${variable}: ${message}`]);
    expect(problems[0]).not.toHaveProperty('excerpt');
  });

  it('and a secret is never shown', () => {
    const { problems } = read({ LOOKUPD_STORE__REDIS__URL: 'redis://:hunter2@[' });
    expect(problems).not.toEqual([]);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });
});

it('a library reads the environment only where it says so', () => {
  process.env['LOOKUPD_LOG__LEVEL'] = 'debug';
  try {
    expect(readConfig({ text: FILE }, host).config?.log.level).toBe('info');
  } finally {
    delete process.env['LOOKUPD_LOG__LEVEL'];
  }
});
