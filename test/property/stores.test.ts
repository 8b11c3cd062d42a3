import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { slotOf } from '../../src/resp/key-slot.js';
import { openStore } from '../../src/stores/factory.js';
import { KeySpace } from '../../src/stores/keys.js';
import { counterOf, int64Of } from '../../src/stores/values.js';
import { FakeLink } from '../harness/fake-link.js';
import { fakeStore } from '../unit/stores/harness.js';

/** Short keys out of few bytes, glob characters and braces among them, so that prefixes and twins are common. */
const bytes = fc
  .array(fc.constantFrom(0x00, 0x2a, 0x3f, 0x5b, 0x5c, 0x5d, 0x61, 0x7b, 0x7d, 0xff), { minLength: 1, maxLength: 5 })
  .map((codes) => Buffer.from(codes));

describe('a store over random keys', () => {
  it('lists under a prefix what starts with it, and deletes nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(bytes, { selector: String, maxLength: 30 }), bytes, async (keys, prefix) => {
        await using store = await openStore({ type: 'embedded' });
        await Promise.all(keys.map((key) => store.set(key, 'v')));
        const matching = keys.filter((key) => key.subarray(0, prefix.length).equals(prefix));
        const listed: string[] = [];
        for await (const found of store.scan(prefix)) listed.push(found.toString('hex'));
        expect(listed.sort()).toEqual(matching.map((key) => key.toString('hex')).sort());
        expect(await store.deletePrefix(prefix)).toBe(matching.length);
        const left = await store.getMany(keys);
        expect(left.filter((value) => value !== null)).toHaveLength(keys.length - matching.length);
      }),
      { numRuns: 50 },
    );
  });

  it('answers many gets of one turn as it would each alone', async () => {
    const kind = fc.constantFrom('missing', 'text', 'other');
    const asked = fc.array(fc.record({ key: fc.integer({ min: 0, max: 9 }), late: fc.boolean() }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(kind, { minLength: 10, maxLength: 10 }),
        asked,
        fc.boolean(),
        async (kinds, gets, crossSlot) => {
          const { store, link } = fakeStore({}, new FakeLink({ crossSlot }));
          kinds.forEach((held, i) => {
            if (held === 'text') link.data.set(`${i}`, Buffer.from(`v${i}`));
            if (held === 'other') link.otherTypes.add(`${i}`);
          });
          const answers = await Promise.all(
            gets.map(async ({ key, late }) => {
              if (late) await Promise.resolve();
              return await store.get(`${key}`).then(String, (error: { code: string }) => error.code);
            }),
          );
          const expected = { missing: () => 'null', text: (key: number) => `v${key}`, other: () => 'WRONG_TYPE' };
          expect(answers).toEqual(gets.map(({ key }) => expected[kinds[key]!](key)));
        },
      ),
    );
  });
});

describe('the companion of a key', () => {
  it('lies in its slot and under its prefix, where there is one', () => {
    fc.assert(
      fc.property(fc.constantFrom('', 'p:', '{t}:', 'p{'), bytes, (prefix, key) => {
        const keys = new KeySpace(prefix);
        const companion = keys.companion(key, ':fence');
        if (companion === undefined) return;
        expect(slotOf(companion)).toBe(slotOf(Buffer.from(keys.full(key) as Buffer)));
        expect(companion.toString('latin1').startsWith(prefix)).toBe(true);
      }),
    );
  });
});

describe('64-bit integers', () => {
  const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

  it('are read exactly, and nothing beyond them', () => {
    fc.assert(
      fc.property(int64, (value) => {
        expect(counterOf(Buffer.from(`${value}`))).toBe(value);
        expect(int64Of(value)).toBe(value);
      }),
    );
    fc.assert(
      fc.property(fc.bigInt(), (value) => {
        expect(int64Of(value) === undefined).toBe(BigInt.asIntN(64, value) !== value);
      }),
    );
  });
});
