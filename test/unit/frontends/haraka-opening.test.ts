import { expect, test } from 'vitest';
import { Opening, RETRY_AFTER } from '../../../src/frontends/haraka/opening.js';
import { ManualClock } from '../../../src/testing/clock.js';

test('what failed to open is tried again by who asks later, not by everybody at once', async () => {
  const clock = new ManualClock();
  let tries = 0;
  let closed = 0;
  const lookups = { close: () => Promise.resolve(void closed++) };
  const opening = new Opening(
    () => (++tries < 3 ? Promise.reject(new Error(`failure ${tries}`)) : Promise.resolve(lookups)),
    clock,
  );
  for (const failure of ['failure 1', 'failure 2']) {
    await expect(opening.open()).rejects.toThrow(failure);
    clock.advance(RETRY_AFTER - 1);
    await expect(opening.open()).rejects.toThrow(failure);
    await opening.close();
    clock.advance(1);
  }
  expect(await opening.open()).toBe(lookups);
  clock.advance(10 * RETRY_AFTER);
  expect(await opening.open()).toBe(lookups);
  expect({ tries, closed }).toEqual({ tries: 3, closed: 0 });
  await opening.close();
  expect(closed).toBe(1);
});
