import { describe, expect, test } from 'vitest';
import { parseShards, parseSlots } from '../../../src/links/cluster/topology-reply.js';
import type { Reply } from '../../../src/resp/reply.js';

const plain = { host: 'asked', tls: false };

interface NodeFields {
  readonly port?: number;
  readonly 'tls-port'?: number;
  readonly ip?: string;
  readonly endpoint?: string | null;
  readonly role?: string;
  readonly health?: string;
}

function node(fields: NodeFields): Reply {
  const all = {
    id: 'x',
    port: 7000,
    ip: '10.0.0.1',
    endpoint: '10.0.0.1',
    role: 'master',
    health: 'online',
    ...fields,
  };
  const value = (item: string | number | null) => (typeof item === 'string' ? Buffer.from(item) : item);
  return new Map<Reply, Reply>(Object.entries(all).map(([name, item]) => [Buffer.from(name), value(item)]));
}

function shard(slots: readonly number[], ...nodes: readonly Reply[]): Reply {
  return new Map<Reply, Reply>([
    [Buffer.from('slots'), slots],
    [Buffer.from('nodes'), nodes],
  ]);
}

/** The same as RESP2 sends it. */
function flat(reply: Reply): Reply {
  if (reply instanceof Map) return [...(reply as Map<Reply, Reply>)].flatMap(([name, value]) => [name, flat(value)]);
  return Array.isArray(reply) ? (reply as Reply[]).map(flat) : reply;
}

describe('CLUSTER SHARDS', () => {
  test.each<[string, NodeFields, boolean, string, number]>([
    ['names the endpoint', { endpoint: 'node1.example' }, false, 'node1.example', 7000],
    ['uses the TLS port with TLS', { 'tls-port': 7443 }, true, '10.0.0.1', 7443],
    ['uses the plain port without', { 'tls-port': 7443 }, false, '10.0.0.1', 7000],
    ['has only a plain port to offer', {}, true, '10.0.0.1', 7000],
    ['tells no endpoint', { endpoint: null }, false, 'asked', 7000],
    ['tells an empty endpoint', { endpoint: '', ip: '' }, false, 'asked', 7000],
    ['wants host names but has none: the address', { endpoint: '?' }, false, '10.0.0.1', 7000],
    ['wants host names and knows no address', { endpoint: '?', ip: '' }, false, 'asked', 7000],
  ])('%s', (_what, fields, tls, host, port) => {
    const [parsed] = parseShards([shard([0, 16_383], node(fields))], { host: 'asked', tls }) ?? [];
    expect(parsed?.primary).toEqual({ host, port });
  });

  const whole = [
    shard(
      [0, 99, 200, 299],
      node({ port: 1, health: 'fail' }),
      node({ port: 2 }),
      node({ port: 3, role: 'replica' }),
      node({ port: 4, role: 'replica', health: 'loading' }),
    ),
    shard([], node({ port: 9 })),
  ];

  test.each([
    ['as RESP3 maps', whole],
    ['as RESP2 lists', flat(whole)],
  ])('prefers the primary that is online and the replicas that serve, %s', (_form, reply) => {
    const at = (port: number) => ({ host: '10.0.0.1', port });
    expect(parseShards(reply, plain)).toEqual([
      {
        ranges: [
          [0, 99],
          [200, 299],
        ],
        primary: at(2),
        replicas: [at(3)],
        others: [at(1), at(4)],
      },
      { ranges: [], primary: at(9), replicas: [], others: [] },
    ]);
  });

  test('keeps a failed primary that nobody replaced yet', () => {
    const [parsed] = parseShards([shard([0, 1], node({ port: 1, health: 'fail' }))], plain) ?? [];
    expect(parsed?.primary.port).toBe(1);
  });

  test('of another shape is not understood', () => {
    expect(parseShards('OK', plain)).toBeUndefined();
  });
});

describe('CLUSTER SLOTS', () => {
  const entry = (host: string | null, port: number, ...metadata: string[]): Reply => [
    host === null ? null : Buffer.from(host),
    port,
    Buffer.from('id'),
    metadata.map((item) => Buffer.from(item)),
  ];

  test('gathers the ranges of one primary', () => {
    const reply: Reply = [
      [0, 99, entry('a', 1), entry('b', 2)],
      [200, 299, entry('a', 1), entry('b', 2)],
      [100, 199, entry('', 3)],
      [300, 399, entry(null, 4)],
      [400, 499, entry('?', 5, 'ip', '10.0.0.5')],
    ];
    expect(parseSlots(reply, plain)).toEqual([
      {
        ranges: [
          [0, 99],
          [200, 299],
        ],
        primary: { host: 'a', port: 1 },
        replicas: [{ host: 'b', port: 2 }],
        others: [],
      },
      { ranges: [[100, 199]], primary: { host: 'asked', port: 3 }, replicas: [], others: [] },
      { ranges: [[300, 399]], primary: { host: 'asked', port: 4 }, replicas: [], others: [] },
      { ranges: [[400, 499]], primary: { host: '10.0.0.5', port: 5 }, replicas: [], others: [] },
    ]);
  });

  test.each<[Reply]>([['OK'], [[[0, 99]]], [[['a', 'b', entry('a', 1)]]]])(
    'of another shape is not understood',
    (reply) => {
      expect(parseSlots(reply, plain)).toBeUndefined();
    },
  );
});
