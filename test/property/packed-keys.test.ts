import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Double, type Reply } from '../../src/resp/reply.js';
import { Server } from '../../src/server/server.js';

/**
 * Small collections under many more keys than there are views of packs at a time hold what plain maps would hold, as
 * they grow into objects, move and go; and nothing of them stays.
 */
const KEYS = 700;

type Model = Map<string, Map<string, string>>;
type Step = readonly [operation: number, key: number, other: number, element: number, length: number];

const step: fc.Arbitrary<Step> = fc.tuple(
  fc.nat(11),
  fc.nat(KEYS - 1),
  fc.nat(KEYS - 1),
  fc.nat(40),
  fc.constantFrom(0, 3, 64, 65, 300),
);

class World {
  readonly model: Model = new Map();

  constructor(private readonly run: (...words: string[]) => Reply) {}

  apply([operation, key, other, element, length]: Step): void {
    const [from, to] = [`key ${key}`, `key ${other % 9 === 0 ? key % 300 : other}`];
    const member = `${'m'.repeat(length)}${element}`;
    const value = String(element * length);
    // The operations below 8 have keys of their own type: the key's number says which.
    if (operation < 6) this.put(from, key % 3, member, value);
    else if (operation < 8) this.drop(from, key % 3, member);
    else if (operation === 8) this.move(from, to);
    else if (operation === 9) this.copy(from, to);
    else if (operation === 10) this.remove(from);
    else this.grow(from, key % 3);
  }

  private put(key: string, type: number, member: string, value: string): void {
    if (this.isOther(key, type)) return;
    const held = this.model.get(key) ?? new Map<string, string>();
    if (type === 0) this.run('HSET', key, member, value);
    else if (type === 1) this.run('SADD', key, member);
    else this.run('ZADD', key, value, member);
    this.model.set(key, held.set(member, type === 1 ? '' : value));
  }

  private drop(key: string, type: number, member: string): void {
    const held = this.model.get(key);
    if (held === undefined || this.isOther(key, type)) return;
    this.run(['HDEL', 'SREM', 'ZREM'][type]!, key, member);
    held.delete(member);
    if (held.size === 0) this.model.delete(key);
  }

  /** So much that it is no pack any more. */
  private grow(key: string, type: number): void {
    for (let i = 0; i < 70; i++) this.put(key, type, `more ${i}`, String(i));
    this.put(key, type, 'x'.repeat(65), '1');
  }

  private isOther(key: string, type: number): boolean {
    return this.model.has(key) && this.run('TYPE', key) !== ['hash', 'set', 'zset'][type];
  }

  private move(from: string, to: string): void {
    const held = this.model.get(from);
    if (held === undefined || from === to) return;
    this.run('RENAME', from, to);
    this.model.delete(from);
    this.model.set(to, held);
  }

  private copy(from: string, to: string): void {
    const held = this.model.get(from);
    if (held === undefined || from === to) return;
    this.run('COPY', from, to, 'REPLACE');
    this.model.set(to, new Map(held));
  }

  private remove(key: string): void {
    this.run('DEL', key);
    this.model.delete(key);
  }

  contents(): Model {
    const contents: Model = new Map();
    for (let key = 0; key < KEYS; key++) {
      const held = this.read(`key ${key}`);
      if (held.size > 0) contents.set(`key ${key}`, held);
    }
    return contents;
  }

  private read(key: string): Map<string, string> {
    const type = this.run('TYPE', key);
    if (type === 'none') return new Map();
    const reader = { hash: ['HGETALL', key], set: ['SMEMBERS', key], zset: ['ZRANGE', key, '0', '-1', 'WITHSCORES'] };
    const reply = this.run(...reader[type as keyof typeof reader]) as Iterable<Reply>;
    const pairs = [...reply].map((item) => (Array.isArray(item) ? item : [item, '']));
    return new Map(pairs.map(([member, value]) => [textOf(member), textOf(value)]));
  }
}

function textOf(reply: Reply): string {
  if (reply instanceof Double) return String(reply.value);
  return Buffer.isBuffer(reply) ? reply.toString('latin1') : String(reply);
}

describe('packed collections under many keys', () => {
  it('hold what plain maps hold, and leave nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1500, maxLength: 2500, size: 'max' }), async (steps) => {
        const server = await Server.start();
        try {
          const session = server.session();
          const world = new World((...words) => session.run(...words));
          const empty = server.keyspace.memory();
          for (const one of steps) world.apply(one);
          expect(world.contents()).toEqual(world.model);
          for (const key of world.model.keys()) session.run('DEL', key);
          expect(server.keyspace.memory()).toBe(empty);
        } finally {
          await server.close();
        }
      }),
      { numRuns: 8, endOnFailure: true },
    );
  }, 60_000);
});
