import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { configJsonSchema } from '../../../src/config/declarations/json-schema.js';
import { readConfig } from '../../../src/config/load.js';
import type { Config } from '../../../src/config/model.js';
import { machine } from './problems-of.js';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const CONFIG = path('../../../config');
const EXAMPLES = join(CONFIG, 'examples');

const PEM = '-----BEGIN CERTIFICATE-----\n';
const host = machine(
  {
    '/etc/lookupd/tls/ca.pem': PEM,
    '/etc/lookupd/tls/client.pem': PEM,
    '/etc/lookupd/tls/client.key': PEM,
    '/run/credentials/redis': 'secret',
  },
  { REDIS_PASSWORD: 'secret', SENTINEL_PASSWORD: 'secret', CREDENTIALS_DIRECTORY: '/run/credentials' },
);

const examples = readdirSync(EXAMPLES).filter((name) => name.endsWith('.toml'));
const shipped = [join(CONFIG, 'lookupd.toml'), ...examples.map((name) => join(EXAMPLES, name))];
const stalwart = [path('fixtures/stalwart-single.toml'), path('fixtures/stalwart-cluster.toml')];

/** The file without problems, not even warnings. */
function load(file: string): Config {
  const { config, problems } = readConfig({ text: readFileSync(file, 'utf8') }, host);
  expect(problems).toEqual([]);
  return config!;
}

describe('the examples of Stalwart’s documentation, letter by letter', () => {
  it('a single server', () => {
    const store = load(stalwart[0]!).stores.get('redis')!;
    expect(store).toMatchObject({
      redisType: 'single',
      endpoints: [{ host: '127.0.0.1', port: 6379 }],
      user: 'my_username',
      timeout: 10_000,
      tls: undefined,
    });
    expect(store.type === 'redis' && store.password?.reveal()).toBe('secretpassword');
  });

  it('a cluster', () => {
    const store = load(stalwart[1]!).stores.get('redis')!;
    expect(store).toMatchObject({
      redisType: 'cluster',
      endpoints: [{ host: '192.168.1.1', port: 6379 }],
      user: 'my_username',
      timeout: 10_000,
      readFromReplicas: false,
      retry: { total: 3, minWait: 500, maxWait: 1_000 },
    });
    expect(store.type === 'redis' && store.password?.reveal()).toBe('secretpassword');
  });
});

describe('the configurations that come along', () => {
  it('are one per use', () => {
    expect(examples.sort()).toEqual([
      'cluster.toml',
      'dovecot.toml',
      'embedded.toml',
      'failover.toml',
      'lists.toml',
      'policies.toml',
      'sentinel.toml',
      'sharded.toml',
      'single.toml',
      'static-lists.toml',
      'systemd.toml',
      'tls.toml',
      'unix-socket.toml',
    ]);
  });

  it.each(shipped)('%s has no problems', (file) => {
    const config = load(file);
    expect(config.stores.size).toBeGreaterThan(0);
    expect(config.listeners.size).toBeGreaterThan(0);
  });

  it('start with the default one, which listens on loopback only and knows something', () => {
    const { stores, listeners } = load(shipped[0]!);
    expect([...listeners.values()].map(({ protocol, bind, serve }) => [protocol, bind, serve])).toEqual([
      ['socketmap', [{ host: '127.0.0.1', port: 10023 }], []],
      ['tcp-table', [{ host: '127.0.0.1', port: 10024 }], []],
      ['line', [{ host: '127.0.0.1', port: 10025 }], []],
      ['policy', [{ host: '127.0.0.1', port: 10027 }], []],
      ['dict', [{ host: '127.0.0.1', port: 10026 }], []],
      ['http', [{ host: '127.0.0.1', port: 8080 }], ['lookup']],
      ['http', [{ host: '127.0.0.1', port: 9090 }], ['health', 'metrics']],
    ]);
    const [store] = stores.values();
    expect(store?.type === 'embedded' && store.data.get('alias:sales@example.com')).toBe(
      'ann@example.com, bob@example.com',
    );
  });
});

describe('the JSON Schema', () => {
  const schema = z.fromJSONSchema(configJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);
  const accepts = (text: string) => schema.safeParse(JSON.parse(JSON.stringify(parse(text)))).success;

  it.each([...shipped, ...stalwart])('accepts %s', (file) => {
    expect(accepts(readFileSync(file, 'utf8'))).toBe(true);
  });

  it.each([
    '[store.s]\ntype = "redis"\nurl = "redis://h"\ntimeout = "%{env:T}%"\ndatabase = "%{env:D}%"\nprotocol-version = "%{env:P}%"',
    '[server.listener.x]\nprotocol = "http"\nbind = ["127.0.0.1:1"]\nmode = "0660"\nlimits.max-unsent = "1mb"',
    '[policy.p]\ntype = "greylist"\ndelay = "1m"\n[policy.r]\ntype = "rate-limit"\nkey = "sender"\nrate = "5/1m"',
    '[lookup.l]\nexample.com = true\n"a" = 1.5',
    '[file-lookup.l]\npath = "%{env:P}%"\nformat = "csv"\nindex.key = 1\nlimits.size = "1mb"',
    '[http-lookup.l]\nurl = "https://example.com/"\nformat = "list"\nrefresh = "1d"\nenable = false',
  ])('accepts %s', (text) => {
    expect(accepts(text)).toBe(true);
  });

  it.each([
    '[stores.s]\ntype = "redis"',
    '[store.s]\nurl = "redis://h"',
    '[store.s]\ntype = "redis"\nurl = "redis://h"\ntiemout = "1s"',
    '[store.s]\ntype = "redis"\nurl = "redis://h"\ntimeout = "1h30m"',
    '[store.s]\ntype = "redis"\nurl = "redis://h"\nredis-type = "singel"',
    '[store.s]\ntype = "redis"\nurl = "redis://h"\nretry.total = -1',
    '[store.s]\ntype = "embedded"\nappendfsync = "sometimes"',
    '[policy.p]\ntype = "greylst"',
    '[policy.p]\ntype = "greylist"\nrate = "5/1m"',
    '[file-lookup.l]\nformat = "list"',
    '[http-lookup.l]\nurl = "ftp://example.com/"\nformat = "list"',
    '[map.m]\nstore = "s"\nexpand = ["half"]',
  ])('refuses %s', (text) => {
    expect(accepts(text)).toBe(false);
  });
});
