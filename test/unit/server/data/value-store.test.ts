import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Area } from '../../../../src/resp/area.js';
import { ReplyWriter } from '../../../../src/resp/writer.js';
import { ValueStore } from '../../../../src/server/data/value-store.js';

/** Lengths around what is kept on the heap and what in blocks, and around a block's size. */
const value = fc
  .tuple(fc.constantFrom(0, 1, 11, 12, 13, 100, 104, 4096, 4097), fc.nat(255))
  .map(([length, byte]) => String.fromCharCode(byte).repeat(length));
const at = fc.nat(1_000_000);
type Step = readonly ['push' | 'set' | 'swap' | 'order' | 'clone', string, number];
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.constant('push' as const), value, at),
  fc.tuple(fc.constantFrom('set' as const, 'swap' as const, 'order' as const), value, at),
  fc.tuple(fc.constant('clone' as const), value, at),
);

describe('values by place', () => {
  it('are what an array of strings would hold, whether they are on the heap or in blocks', () => {
    fc.assert(
      fc.property(fc.nat(80), fc.array(step, { maxLength: 60 }), (filled, steps) => {
        let store = new ValueStore();
        const model: string[] = [];
        const push = (text: string) => {
          store.push(new Area(Buffer.from(`>${text}`, 'latin1')), 1, text.length);
          model.push(text);
        };
        for (let i = 0; i < filled; i++) push(`value ${i}`);
        for (const [action, text, number] of steps) {
          const place = number % Math.max(1, model.length);
          if (action === 'push' || model.length === 0) push(text);
          else if (action === 'clone') store = store.clone();
          else if (action === 'set') {
            store.set(place, new Area(Buffer.from(text, 'latin1')), 0, text.length);
            model[place] = text;
          } else if (action === 'order') {
            store.removeInOrder(place);
            model.splice(place, 1);
          } else {
            store.removeBySwap(place);
            const last = model.pop()!;
            if (place < model.length) model[place] = last;
          }
        }
        expect(Array.from(model, (_, place) => store.text(place))).toEqual(model);
        expect(store.size).toBe(model.length);
        expect(Array.from(model, (_, place) => store.length(place))).toEqual(model.map((text) => text.length));
        const writer = new ReplyWriter();
        for (let place = 0; place < model.length; place++) store.reply(place, writer);
        const bulks = model.map((text) => `$${text.length}\r\n${text}\r\n`);
        expect(writer.take().toString('latin1')).toBe(bulks.join(''));
      }),
    );
  });

  it('stay as they are when a copy changes, and the other way round', () => {
    const store = new ValueStore();
    const put = (to: ValueStore, place: number, text: string) =>
      to.set(place, new Area(Buffer.from(text, 'latin1')), 0, text.length);
    for (let i = 0; i < 200; i++) store.push(new Area(Buffer.from(`value ${i}`)), 0, `value ${i}`.length);
    store.removeBySwap(150);
    const copy = store.clone();
    // In place, in the block given back before the copy was made, and in a new one.
    put(copy, 100, 'VALUE 100');
    copy.push(new Area(Buffer.from('one more!')), 0, 9);
    put(store, 101, 'x'.repeat(100));
    store.push(new Area(Buffer.from('another!!')), 0, 9);
    expect([100, 101, 199].map((place) => store.text(place))).toEqual(['value 100', 'x'.repeat(100), 'another!!']);
    expect([100, 101, 199].map((place) => copy.text(place))).toEqual(['VALUE 100', 'value 101', 'one more!']);
  });

  it('take no memory when they are gone, and the same when they are the same', () => {
    const store = new ValueStore();
    const bytes = new Area(Buffer.alloc(200, 'x'));
    for (let i = 0; i < 1000; i++) store.push(bytes, 0, i % 200);
    const full = store.memory();
    for (let i = 0; i < 1000; i++) store.set(i, bytes, 0, 199 - (i % 200));
    for (let i = 0; i < 1000; i++) store.set(i, bytes, 0, i % 200);
    expect(store.memory()).toBeGreaterThan(full * 0.9);
    expect(store.memory()).toBeLessThan(full * 1.1);
    while (store.size > 0) store.removeBySwap(0);
    expect(store.memory()).toBe(0);
  });
});
