import { describe, expect, it } from 'vitest';
import { Args } from '../../../../src/resp/args.js';
import { HashValue } from '../../../../src/server/data/hash-value.js';
import { ListValue } from '../../../../src/server/data/list-value.js';
import { SetValue } from '../../../../src/server/data/set-value.js';
import { SortedSetValue } from '../../../../src/server/data/sorted-set-value.js';
import { Server } from '../../../../src/server/server.js';
import { defaultSettings } from '../../../../src/server/settings.js';

const limits = defaultSettings();

function hashOf(fields: number): HashValue {
  const hash = new HashValue(limits);
  for (let i = 0; i < fields; i++) hash.set(Args.of(`f${i}`), 0, `v${i}`);
  return hash;
}

function setOf(members: number): SetValue {
  const set = new SetValue(limits);
  for (let i = 0; i < members; i++) set.addText(String(i));
  return set;
}

function sortedSetOf(members: number): SortedSetValue {
  const zset = new SortedSetValue(limits);
  for (let i = 0; i < members; i++) zset.add(`m${i}`, i);
  return zset;
}

function listOf(elements: number): ListValue {
  const list = new ListValue();
  for (let i = 0; i < elements; i++) list.pushTail(`e${i}`);
  return list;
}

describe('encodings', () => {
  const cases = [
    ['a hash at its limit', hashOf(512), 'listpack'],
    ['a hash past it', hashOf(513), 'hashtable'],
    ['a set of integers at its limit', setOf(512), 'intset'],
    ['a set of integers past it', setOf(513), 'hashtable'],
    ['a sorted set at its limit', sortedSetOf(128), 'listpack'],
    ['a sorted set past it', sortedSetOf(129), 'skiplist'],
    ['a list', listOf(1), 'quicklist'],
  ] as const;
  it.each(cases)('%s', (_, value, encoding) => {
    expect(value.encoding).toBe(encoding);
    expect(value.clone().encoding).toBe(encoding);
  });

  it('stay when a collection shrinks', () => {
    const hash = hashOf(513);
    while (hash.size > 1) hash.remove(0);
    expect(hash.encoding).toBe('hashtable');
    const zset = sortedSetOf(129);
    zset.removeRange(0, 128);
    expect(zset.encoding).toBe('skiplist');
  });
});

describe('a limit that is lowered', () => {
  it('leaves what is packed as it is until that grows', async () => {
    const server = await Server.start();
    const session = server.session();
    session.run('ZADD', 'zset', '1', 'a');
    session.run('HSET', 'hash', 'a', '1');
    session.run('SADD', 'set', '1');
    // So many keys that their views are made anew.
    for (let i = 0; i < 2000; i++) session.run('SADD', `set ${i}`, '1');
    for (const name of ['zset-max-listpack-entries', 'hash-max-listpack-entries', 'set-max-intset-entries'])
      session.run('CONFIG', 'SET', name, '0');
    const encodings = () => ['zset', 'hash', 'set'].map((key) => String(session.run('OBJECT', 'ENCODING', key)));
    expect(encodings()).toEqual(['listpack', 'listpack', 'intset']);
    session.run('ZADD', 'zset', '2', 'b');
    session.run('HSET', 'hash', 'b', '2');
    session.run('SADD', 'set', '2');
    expect(encodings()).toEqual(['skiplist', 'hashtable', 'hashtable']);
    await server.close();
  });
});

describe('a clone', () => {
  it('does not change with the original', () => {
    const [hash, set, zset, list] = [hashOf(40), setOf(40), sortedSetOf(40), listOf(400)];
    const clones = [hash.clone(), set.clone(), zset.clone(), list.clone()];
    hash.remove(0);
    set.removeText('0');
    zset.removeRange(0, 1);
    list.popHead();
    expect(clones.map((clone) => clone.size)).toEqual([40, 40, 40, 400]);
  });
});

describe('memory', () => {
  it.each([
    ['hash', hashOf],
    ['set', setOf],
    ['sorted set', sortedSetOf],
    ['list', listOf],
  ] as const)('of a %s grows with what is in it', (_, make) => {
    expect(make(1000).memory()).toBeGreaterThan(make(10).memory() * 20);
    expect(make(0).memory()).toBeLessThan(1000);
  });
});
