import { expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.js';
import { storeIdentity } from '../../../src/daemon/store-identity.js';

function identity(store: string): string {
  const config = loadConfig({ text: `[store.s]\n${store}\n` });
  return storeIdentity(config.stores.get('s')!);
}

const REDIS = 'type = "redis"\nurl = "redis://127.0.0.1"';

test.each([
  ['the same', REDIS, REDIS, true],
  ['written in another order', REDIS, REDIS.split('\n').toReversed().join('\n'), true],
  ['another database', REDIS, `${REDIS}\ndatabase = 1`, false],
  ['another password', `${REDIS}\npassword = "a"`, `${REDIS}\npassword = "b"`, false],
  ['other data only', 'type = "embedded"\ndata.a = "1"', 'type = "embedded"\ndata.a = "2"', true],
  ['another deadline', 'type = "embedded"', 'type = "embedded"\ndeadline = "1s"', false],
])('%s', (_, a, b, same) => {
  expect(identity(a) === identity(b)).toBe(same);
});

test('shows no secret', () => {
  expect(identity(`${REDIS}\npassword = "hunter2"`)).not.toContain('hunter2');
});
