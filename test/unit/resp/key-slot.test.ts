import { describe, expect, test } from 'vitest';
import { slotOf } from '../../../src/resp/key-slot.js';

describe('the slot of a key', () => {
  // By CLUSTER KEYSLOT of Redis 7.0.
  test.each([
    ['', 0],
    ['123456789', 12_739],
    ['foo', 12_182],
    ['user1000', 3443],
    ['{user1000}.following', 3443],
    ['foo{user1000}', 3443],
    ['foo{}{user1000}', 4418],
    ['foo{{user1000}}zap', 8723],
    ['foo{user1000}{zap}', 3443],
    ['{}foo}', 2045],
    ['{open', 7674],
    ['straße', 8908],
    ['{straße}1', 8908],
  ])('%j is %i', (key, slot) => {
    expect(slotOf(key)).toBe(slot);
    expect(slotOf(Buffer.from(key))).toBe(slot);
  });

  test('of a number is that of its digits', () => {
    expect(slotOf(42)).toBe(slotOf('42'));
    expect(slotOf(42n)).toBe(slotOf('42'));
  });
});
