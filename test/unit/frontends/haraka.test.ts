import { describe, expect, test } from 'vitest';
import { found, notFound, type Outcome, permanent, temporary } from '../../../src/core/outcome.js';
import { addressText, attributesOf } from '../../../src/frontends/haraka/attributes.js';
import { type HarakaConnection, type HarakaPlugin, HookAnswer } from '../../../src/frontends/haraka/haraka.js';
import { type Asked, HarakaHooks } from '../../../src/frontends/haraka/hooks.js';
import { readSettings } from '../../../src/frontends/haraka/settings.js';
import type { Decision } from '../../../src/lookups/policies/policy.js';
import type { PolicyAttributes } from '../../../src/lookups/policies/request.js';

/** The plugin's hooks without a Haraka: what its sessions in test/e2e do not come to. */
const address = (text: string) => ({ host: text.split('@')[1] ?? null, format: () => `<${text}>` });

const pluginWith = (sections: Record<string, Record<string, unknown>>) =>
  ({ name: 'lookupd', config: { get: () => sections } }) as unknown as HarakaPlugin;

interface Around {
  readonly ini?: Record<string, Record<string, unknown>>;
  /** By map and key. */
  readonly outcomes?: Record<string, Outcome>;
  readonly decide?: (attributes: PolicyAttributes) => Decision | Promise<never>;
  readonly connection?: Partial<HarakaConnection>;
}

function hooksWith({ ini = { rcpt: { domains: 'd', map: 'm', policies: 'p' } }, ...around }: Around) {
  const told: string[] = [];
  const results: object[] = [];
  const log = (level: string) => (_: unknown, text: string) => void told.push(`${level}: ${text}`);
  const connection = {
    remote: { ip: '192.0.2.1', port: 1, host: 'NXDOMAIN' },
    local: { ip: '192.0.2.25', port: 25 },
    hello: { host: 'client.test' },
    notes: {},
    relaying: false,
    transaction: {
      uuid: 'A.1',
      mail_from: address('a@x.test'),
      rcpt_to: [address('u@example.org')],
      results: { add: (_: unknown, result: object) => void results.push(result) },
    },
    loginfo: log('info'),
    logwarn: log('warn'),
    logerror: log('error'),
    ...around.connection,
  } as unknown as HarakaConnection;
  const asked: Asked = {
    lookup: (map, key) => Promise.resolve(around.outcomes?.[`${map} ${key}`] ?? notFound),
    decide: async (policies, attributes) => {
      const decision = (await around.decide?.(attributes)) ?? { verdict: 'pass', why: 'nothing' };
      return { ...decision, policy: policies[0] };
    },
  };
  const plugin = pluginWith(ini);
  const hooks = new HarakaHooks(plugin, readSettings(plugin.config), () => Promise.resolve(asked));
  return { hooks, connection, told, results };
}

const yes = found(Buffer.from('1'));
const THERE = { 'd example.org': yes, 'm u@example.org': yes };
const GO_ON = { answer: HookAnswer.cont };

describe('at RCPT', () => {
  test.each<[string, Around, object]>([
    ['a recipient who is there', { outcomes: THERE }, { answer: HookAnswer.ok }],
    ['nobody of that name', { outcomes: { 'd example.org': yes } }, { answer: HookAnswer.deny }],
    ['a domain of others', { outcomes: { 'm u@example.org': yes } }, GO_ON],
    [
      'a domain that is not known',
      { outcomes: { 'd example.org': temporary('down') } },
      { answer: HookAnswer.denySoft },
    ],
    [
      'a recipient who never will be',
      { outcomes: { 'd example.org': yes, 'm u@example.org': permanent('type') } },
      { answer: HookAnswer.denySoft, text: '4.3.0 Temporary lookup failure' },
    ],
    ['nobody of that name, where all domains may be ours', { ini: { rcpt: { map: 'm' } } }, GO_ON],
    ['any recipient of a domain', { ini: { rcpt: { domains: 'd' } }, outcomes: THERE }, { answer: HookAnswer.ok }],
    ['policies only', { ini: { rcpt: { policies: 'p' } } }, GO_ON],
    [
      'a policy that rejects',
      { outcomes: THERE, decide: () => ({ verdict: 'reject', why: 'listed', text: '5.7.1 No' }) },
      { answer: HookAnswer.deny, text: '5.7.1 No' },
    ],
    [
      'a client that may relay, of whom no policy is asked',
      { outcomes: THERE, connection: { relaying: true }, decide: () => Promise.reject(new Error('asked')) },
      { answer: HookAnswer.ok },
    ],
    ['a client that has gone', { connection: { transaction: null } }, GO_ON],
  ])('%s', async (_, around, answer) => {
    const { hooks, connection } = hooksWith(around);
    expect(await hooks.rcpt(connection, address('u@example.org'))).toMatchObject(answer);
  });

  test('a recipient without a domain is left to Haraka', async () => {
    const { hooks, connection } = hooksWith({ outcomes: { 'd null': yes } });
    expect(await hooks.rcpt(connection, address('postmaster'))).toEqual(GO_ON);
  });

  test('decisions are in the log and in the results', async () => {
    const { hooks, connection, told, results } = hooksWith({
      outcomes: THERE,
      decide: () => ({ verdict: 'defer', why: 'down; on-error = "defer"', failed: true }),
    });
    await hooks.rcpt(connection, address('u@example.org'));
    expect(told).toEqual(['warn: policy p: defer: down; on-error = "defer"']);
    expect(results).toEqual([{ pass: 'rcpt' }, { fail: 'p' }]);
  });

  test.each<[string, Around]>([
    ['in a policy', { decide: () => ({ verdict: 'pass', why: 'internal', failed: true, fault: new RangeError('f') }) }],
    ['in the plugin', { decide: () => Promise.reject(new RangeError('f')) }],
  ])('an error of the program %s is there with its stack', async (_, around) => {
    const { hooks, connection, told } = hooksWith({ outcomes: THERE, ...around });
    const { answer } = await hooks.rcpt(connection, address('u@example.org'));
    expect([HookAnswer.ok, HookAnswer.denySoft]).toContain(answer);
    expect(told).toEqual([expect.stringMatching(/^error: (policy p: pass: internal: )?RangeError: f\n +at /)]);
  });
});

describe('at DATA', () => {
  const ini = { data: { policies: 'p, q' } };

  test.each([
    [['u@example.org'], { recipient: 'u@example.org', recipient_count: 1 }],
    [['u@example.org', 'v@example.org'], { recipient_count: 2 }],
  ])('policies hear of %j', async (recipients, expected) => {
    let heard: PolicyAttributes = {};
    const { hooks, connection } = hooksWith({
      ini,
      decide: (attributes) => {
        heard = attributes;
        return { verdict: 'defer', why: 'full', text: '4.7.1 Too much mail' };
      },
    });
    (connection.transaction as { rcpt_to: unknown }).rcpt_to = recipients.map(address);
    expect(await hooks.data(connection)).toEqual({ answer: HookAnswer.denySoft, text: '4.7.1 Too much mail' });
    expect(heard).toEqual({
      protocol_state: 'DATA',
      client_address: '192.0.2.1',
      reverse_client_name: '',
      server_address: '192.0.2.25',
      server_port: 25,
      helo_name: 'client.test',
      sasl_username: '',
      sasl_method: '',
      sender: 'a@x.test',
      instance: 'A.1',
      queue_id: 'A.1',
      ...expected,
    });
  });
});

test('what a client is known by', () => {
  const { connection } = hooksWith({
    connection: {
      remote: { ip: '192.0.2.1', port: 1, host: 'mx.x.test' },
      notes: { auth_user: 'ann', auth_method: 'PLAIN' },
    },
  });
  const { reverse_client_name, sasl_username, sasl_method } = attributesOf(connection, connection.transaction!);
  expect({ reverse_client_name, sasl_username, sasl_method }).toEqual({
    reverse_client_name: 'mx.x.test',
    sasl_username: 'ann',
    sasl_method: 'PLAIN',
  });
  expect(addressText(address(''))).toBe('');
});

describe('lookupd.ini', () => {
  test('names policies with commas or spaces', () => {
    const { rcpt, data } = readSettings(pluginWith({ rcpt: { policies: 'a, b c' }, data: { policies: '' } }).config);
    expect([rcpt.policies, data.policies]).toEqual([['a', 'b', 'c'], []]);
  });

  test('says where the configuration is', () => {
    expect(readSettings(pluginWith({ main: { config: '/etc/lookupd.toml' } }).config).config).toBe('/etc/lookupd.toml');
    expect(readSettings(pluginWith({ main: {} }).config).config).toBe('lookupd.toml');
  });
});
