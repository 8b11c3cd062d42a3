import { expect, it } from 'vitest';
import { FirstAskers } from '../../../src/stores/first-askers.js';

const asking = (key: string | Uint8Array) => ({ key });

it('finds who asked for the same bytes, or the same text, before', () => {
  const askers = new FirstAskers<{ key: string | Uint8Array }>();
  const [bytes, text] = [asking(Buffer.from('key')), asking('key')];
  expect(askers.before(bytes)).toBeUndefined();
  expect(askers.before(text)).toBeUndefined();
  expect(askers.before(asking(new Uint8Array(Buffer.from('key'))))).toBe(bytes);
  expect(askers.before(asking('key'))).toBe(text);
  expect(askers.before(asking('keys'))).toBeUndefined();
  expect(askers.before(asking(''))).toBeUndefined();
});

it('tells keys with the same hash apart, and gives up on many', () => {
  // With 31 as the factor, "Aa" and "BB" have the same hash, and so has what is made of them.
  const keys = Array.from({ length: 16 }, (_, i) => [8, 4, 2, 1].map((bit) => (i & bit ? 'Aa' : 'BB')).join(''));
  const askers = new FirstAskers<{ key: string }>();
  const first = keys.map((key) => ({ key }));
  for (const one of first) expect(askers.before(one)).toBeUndefined();
  const again = first.map(({ key }) => askers.before({ key }));
  expect(again.slice(0, 8)).toEqual(first.slice(0, 8));
  expect(again.slice(8)).toEqual(new Array(8).fill(undefined));
});
