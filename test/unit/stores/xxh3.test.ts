import { expect, it } from 'vitest';
import { xxh3 } from '../../../src/stores/xxh3.js';

/** From xxHash's own implementation (in hash-wasm), around each length where another way is taken. */
it.each([
  [0, '2d06800538d394c2'],
  [1, 'eaf06c6480b2cd11'],
  [3, '75920d64d617a183'],
  [4, 'c39f76e8799dd0cc'],
  [8, '4267e87c9cb0bc97'],
  [9, '7bd3d408882c63a9'],
  [16, 'df76ff0d7f0d9edf'],
  [17, '89975e6b7d2f5a11'],
  [32, '4e0c9e78cf63407f'],
  [33, 'b2f838286ad45e97'],
  [128, '4ca37e83f6cddd17'],
  [129, 'e4f9742108fe27dc'],
  [240, '3e16ca8a0c6ccb68'],
  [241, '14da9e5c301a6a1d'],
  [1_024, 'fc56a7ce85b3164a'],
  [1_025, '9cd2e05a61b8a761'],
  [4_000, '73726b09f95eefec'],
])('%i letters', (length, hash) => {
  expect(xxh3(Buffer.alloc(length, 'x')).toString(16).padStart(16, '0')).toBe(hash);
});

it('of a key', () => {
  expect(xxh3(Buffer.from('user@example.com')).toString(16).padStart(16, '0')).toBe('0277dc9aa6f80b74');
});
