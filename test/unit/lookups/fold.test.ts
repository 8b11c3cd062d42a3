import { expect, test } from 'vitest';
import { foldCase } from '../../../src/lookups/fold.js';

test.each([
  ['User@Example.ORG', 'user@example.org'],
  ['GRÜN@Example.org', 'grün@example.org'],
  ['already lower', 'already lower'],
  ['Straße', 'straße'],
  ['', ''],
  ['[`{@', '[`{@'],
])('%s folds to %s', (key, expected) => {
  expect(foldCase(Buffer.from(key)).toString()).toBe(expected);
});

test('bytes that are not UTF-8 keep everything but ASCII letters', () => {
  expect(foldCase(Buffer.from([0x41, 0xc3, 0x9c, 0xff, 0x5a]))).toEqual(Buffer.from([0x61, 0xc3, 0x9c, 0xff, 0x7a]));
});

test('the key itself is not changed', () => {
  const key = Buffer.from('ABC');
  foldCase(key);
  expect(key.toString()).toBe('ABC');
});
