import { describe, expect, it } from 'vitest';
import type { StoreError } from '../../../src/core/errors.js';
import type { LookupStore } from '../../../src/stores/store.js';
import { callerMistakes } from '../../harness/caller-mistakes.js';
import { fakeStore } from './harness.js';

describe('arguments that no store could serve', () => {
  it.each(callerMistakes)(
    '$operation with $wrong as $argument: nothing is sent',
    async ({ operation, argument, run }) => {
      const { store, link } = fakeStore();
      const error = await run(store).catch((reason: StoreError) => reason);
      expect(error).toMatchObject({ code: 'INVALID', temporary: false, indeterminate: false, attempts: 0 });
      // The options are named by what is wrong in them, an empty name or prefix by what it means.
      if (argument !== 'options' && operation !== 'tryLock' && operation !== 'deletePrefix') {
        expect((error as StoreError).message).toContain(`: ${argument} must be `);
      }
      expect(link.sent).toHaveLength(0);
    },
  );
});

describe('the error', () => {
  const s3cret: readonly [string, (store: LookupStore) => Promise<unknown>, string][] = [
    [
      'an object',
      (store) => store.set('k', { s3cret: 1 } as never),
      'set: value must be text or bytes (a string or a Uint8Array), and is an object',
    ],
    [
      'an array',
      (store) => store.get(['s3cret'] as never),
      'get: key must be text or bytes (a string or a Uint8Array), and is an array',
    ],
    [
      'text',
      (store) => store.expire('s3cret', 's3cret'),
      'expire: ttl must be milliseconds, at least 1, or a duration such as "90s", and is other text',
    ],
    [
      'bytes',
      (store) => store.rateLimit('k', Buffer.from('s3cret') as never),
      'rateLimit: rate must be "N/period" or { requests, period }, and is bytes',
    ],
    [
      'a number',
      (store) => store.set('k', 4711 as never),
      'set: value must be text or bytes (a string or a Uint8Array), and is a number',
    ],
    [
      'a misspelt option',
      (store) => store.set('k', 'v', { tll: 's3cret' } as never),
      'set: there is no option "tll"; there are ifAbsent, signal, ttl',
    ],
  ];

  it.each(s3cret)('says that it was given %s, and not its value', async (_, call, message) => {
    const { store } = fakeStore();
    await expect(call(store)).rejects.toThrow(`store "test": ${message}`);
  });
});
