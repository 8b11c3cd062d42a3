import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Args } from '../../src/resp/args.js';
import { openPack } from '../../src/server/data/open-pack.js';
import { Database } from '../../src/server/keyspace/database.js';
import { putHolding, takeOut } from '../../src/server/keyspace/holding.js';
import type { KeyspaceHooks } from '../../src/server/keyspace/hooks.js';
import { type CollectionValue, Type } from '../../src/server/keyspace/value.js';
import { defaultSettings } from '../../src/server/settings.js';

/** What the keyspace should hold, kept in the plainest way. */
class Model {
  readonly keys = new Map<string, { value: string | Collection; expiry: number }>();
}

class Collection implements CollectionValue {
  readonly type = Type.list;
  readonly encoding = 'quicklist';
  readonly size = 1;
  readonly pieces = 1;
  counted = 0;

  constructor(readonly label: string) {}

  clone(): Collection {
    return new Collection(this.label);
  }

  memory(): number {
    return 0;
  }
}

class Hooks implements KeyspaceHooks {
  readonly indexesSlots = false;
  now = 1000;
  readonly settings = { lazyServerDel: false };
  readonly openPack = (type: Type, kind: number) => openPack(type, kind, defaultSettings());
  hits = 0;
  tracked = false;
  readonly remembersExpiries = false;
  freedLater = 0;
  expired: string[] = [];
  accessed(): void {}
  missed(): void {}
  created(): void {}
  becameReady(): void {}
  touched(): void {}
  fieldsExpired(): void {}
  modified(): void {}
  expirySet(): void {}
  expire(db: Database, ref: number): boolean {
    this.expired.push(db.entries.keyText(ref));
    db.remove(ref);
    return true;
  }
}

class World {
  readonly model = new Model();
  readonly hooks = new Hooks();
  readonly db = new Database(0, this.hooks, 7);

  /** The model's entry, unless its time is over. */
  live(key: string) {
    const entry = this.model.keys.get(key);
    if (entry && entry.expiry !== 0 && entry.expiry <= this.hooks.now) {
      this.model.keys.delete(key);
      return undefined;
    }
    return entry;
  }

  check(): void {
    for (const key of [...this.model.keys.keys()]) this.live(key);
    expect([...this.db.keys()].sort()).toEqual([...this.model.keys.keys()].sort());
    for (const [key, { value, expiry }] of this.model.keys) {
      const ref = this.db.read(Args.of(key), 0);
      const actual = typeof value === 'string' ? this.db.stringText(ref) : this.db.collection(ref);
      if (actual !== value) throw new Error(`${key.slice(0, 20)} holds something else`);
      expect(this.db.expiry(ref)).toBe(expiry);
    }
  }
}

type Step = (world: World) => void;

/** Sizes around what matters: empty, digits, size classes, the longest block, beyond it. */
const lengths = fc.oneof(
  { weight: 6, arbitrary: fc.nat(60) },
  { weight: 2, arbitrary: fc.nat(2000) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(0, 1, 20, 44, 45, 64, 512, 4096, 65_440, 65_500, 65_536, 65_537, 70_000, 200_000),
  },
);
const values = fc
  .tuple(lengths, fc.constantFrom('a', 'b', '7', '\x00', '\xff'))
  .map(([length, byte]) => byte.repeat(length));
const keys = fc.oneof(
  { weight: 8, arbitrary: fc.nat(40).map((n) => `key:${n}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      '\x00',
      'k'.repeat(65_512),
      'k'.repeat(65_513),
      'k'.repeat(66_000),
      'l'.repeat(150_000),
    ),
  },
);
const times = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3000 }));

const put = fc.tuple(keys, values, fc.boolean()).map(
  ([key, value, keep]): Step =>
    (world) => {
      const before = world.live(key);
      world.db.putText(Args.of(key), 0, value, keep);
      world.model.keys.set(key, { value, expiry: keep ? (before?.expiry ?? 0) : 0 });
    },
);

const append = fc.tuple(keys, values).map(
  ([key, added]): Step =>
    (world) => {
      const { db } = world;
      const entry = world.live(key);
      if (typeof entry?.value !== 'string') return;
      const ref = db.write(Args.of(key), 0);
      const before = db.entries.stringLength(ref);
      const target = db.resizeString(ref, before + added.length, true);
      db.entries.stringBuffer(target).latin1Write(added, db.entries.stringStart(target) + before);
      entry.value += added;
    },
);

const truncate = fc.tuple(keys, lengths).map(
  ([key, length]): Step =>
    (world) => {
      const entry = world.live(key);
      if (typeof entry?.value !== 'string' || entry.value.length < length) return;
      world.db.resizeString(world.db.write(Args.of(key), 0), length, true);
      entry.value = entry.value.slice(0, length);
    },
);

const putCollection = fc.tuple(keys, fc.string()).map(
  ([key, label]): Step =>
    (world) => {
      const value = new Collection(label);
      world.live(key);
      world.db.putCollection(Args.of(key), 0, value);
      world.model.keys.set(key, { value, expiry: 0 });
    },
);

const remove = keys.map(
  (key): Step =>
    (world) => {
      const entry = world.live(key);
      const ref = world.db.write(Args.of(key), 0);
      expect(ref !== 0).toBe(entry !== undefined);
      if (ref !== 0) world.db.remove(ref);
      world.model.keys.delete(key);
    },
);

const expire = fc.tuple(keys, times).map(
  ([key, at]): Step =>
    (world) => {
      const entry = world.live(key);
      const ref = world.db.write(Args.of(key), 0);
      if (!entry) return;
      world.db.setExpiry(ref, at);
      entry.expiry = at;
    },
);

const rename = fc.tuple(keys, keys).map(
  ([from, to]): Step =>
    (world) => {
      const entry = world.live(from);
      if (!entry || from === to) return;
      world.live(to);
      const { db } = world;
      const old = db.write(Args.of(to), 0);
      if (old !== 0) db.remove(old);
      putHolding(db, Args.of(to), 0, takeOut(db, db.write(Args.of(from), 0)));
      world.model.keys.delete(from);
      world.model.keys.set(to, entry);
    },
);

const pass = fc.nat(200).map(
  (ms): Step =>
    (world) => {
      world.hooks.now += ms;
    },
);

const expireSome: fc.Arbitrary<Step> = fc.constant((world: World) => {
  world.db.expireSome(1000);
  const overdue = [...world.model.keys].filter(([, { expiry }]) => expiry !== 0 && expiry <= world.hooks.now);
  for (const [key] of overdue) world.model.keys.delete(key);
  expect(world.db.size).toBe(world.model.keys.size);
});

const fill = fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 300 })).map(
  ([run, count]): Step =>
    (world) => {
      for (let i = 0; i < count; i++) {
        world.db.putText(Args.of(`fill:${run}:${i}`), 0, String(i));
        world.model.keys.set(`fill:${run}:${i}`, { value: String(i), expiry: 0 });
      }
    },
);

const drain = fc.nat(3).map(
  (run): Step =>
    (world) => {
      for (const key of [...world.model.keys.keys()]) {
        if (!key.startsWith(`fill:${run}:`)) continue;
        world.db.remove(world.db.write(Args.of(key), 0));
        world.model.keys.delete(key);
      }
    },
);

const clear: fc.Arbitrary<Step> = fc.constant((world: World) => {
  world.db.clear();
  world.model.keys.clear();
});

const steps = fc.oneof(
  { weight: 10, arbitrary: put },
  { weight: 6, arbitrary: append },
  { weight: 3, arbitrary: truncate },
  { weight: 3, arbitrary: putCollection },
  { weight: 5, arbitrary: remove },
  { weight: 4, arbitrary: expire },
  { weight: 4, arbitrary: rename },
  { weight: 2, arbitrary: pass },
  { weight: 1, arbitrary: expireSome },
  { weight: 1, arbitrary: fill },
  { weight: 1, arbitrary: drain },
  { weight: 1, arbitrary: clear },
);

describe('the keyspace', () => {
  it('holds what a plain map would hold, whatever is done to it', () => {
    const run = (sequence: Step[]) => {
      const world = new World();
      sequence.forEach((step, i) => {
        step(world);
        if (i % 10 === 0) world.check();
      });
      world.check();
    };
    fc.assert(fc.property(fc.array(steps, { maxLength: 120, size: 'max' }), run), { numRuns: 150 });
  });

  it('gives every block back: nothing is in use when all keys are gone', () => {
    const run = (sequence: Step[]) => {
      const world = new World();
      for (const step of sequence) step(world);
      world.db.expireSome(1_000_000);
      for (const key of [...world.model.keys.keys()]) {
        const ref = world.db.write(Args.of(key), 0);
        if (ref !== 0) world.db.remove(ref);
      }
      expect(world.db.size).toBe(0);
      expect(world.db.expiring.size).toBe(0);
      expect(world.db.entries.used).toBe(0);
    };
    fc.assert(fc.property(fc.array(steps, { maxLength: 100, size: 'max' }), run), { numRuns: 100 });
  });
});
