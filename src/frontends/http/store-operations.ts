import { z } from 'zod';
import { parseDuration, parseRate } from '../../core/duration.js';
import type { LookupStore } from '../../stores/store.js';
import { answer, type HttpAnswer, problem, textOrBase64 } from './protocol.js';
import * as schemas from './schemas.js';

/**
 * What HTTP offers of a store: each operation is declared once, with the schema of its body, and both the routes and
 * the OpenAPI description are made of that.
 */
export interface StoreOperation<Body = unknown> {
  readonly method: 'GET' | 'PUT' | 'DELETE' | 'POST';
  /** The last part of a POST's path. */
  readonly action?: string;
  readonly summary: string;
  /** Undefined: it has no body. */
  readonly body?: z.ZodType<Body>;
  /** The body of its answer with 200. */
  readonly reply: z.ZodType;
  /** Answers besides 200, by status, each in a few words. */
  readonly answers: Readonly<Record<number, string>>;
  /** Rejects with StoreError. */
  run(store: LookupStore, key: Buffer, body: Body): Promise<HttpAnswer>;
}

function operation<Body>(declared: StoreOperation<Body>): StoreOperation {
  return declared as StoreOperation;
}

const ttl = z
  .union([z.int().min(1), z.string().refine((text) => parseDuration(text) !== undefined)], {
    error: 'expected milliseconds, at least 1, or a duration such as "90s"',
  })
  .describe('Time to live: milliseconds, or a duration such as "90s".');

const base64 = z.base64().describe('Bytes that are no text, in base64.');
const count = z.int().min(1);

const put = z
  .strictObject({
    value: z.string().describe('Text.').optional(),
    valueBase64: base64.optional(),
    ttl: ttl.optional(),
    ifAbsent: z.boolean().describe('Only where the key does not exist.').optional(),
  })
  .refine(({ value, valueBase64 }) => (value === undefined) !== (valueBase64 === undefined), {
    error: 'expected "value" or "valueBase64"',
  });

const increment = z.strictObject({
  by: z.int().describe('1 by default.').optional(),
  ttl: ttl.describe('Set when the counter is created.').optional(),
  refreshTtl: z.boolean().describe('Set the time to live at every increment.').optional(),
});

const token = z.string().min(1).describe('What the lock was taken with.');
const lock = z.strictObject({ ttl });
const extend = z.strictObject({ token, ttl });
const unlock = z.strictObject({ token });

const rate = z.strictObject({
  rate: z
    .string()
    .refine((text) => parseRate(text) !== undefined, { error: 'expected a rate such as "100/1h"' })
    .describe('How many in which time: "100/1h".'),
  algorithm: z.enum(['fixed-window', 'leaky-bucket']).optional(),
  burst: count.describe('leaky-bucket: how many at once.').optional(),
  cost: count.describe('How much this call counts, 1 by default.').optional(),
  soft: z.boolean().describe('Only look: nothing is counted.').optional(),
});

const greylist = z.strictObject({ delay: ttl.optional(), window: ttl.optional(), lifetime: ttl.optional() });

/** The answer that tells which key of which store it is about, and more. */
const reply = (more: z.core.$ZodLooseShape = {}) => z.strictObject({ store: z.string(), ...schemas.key, ...more });
const retryAfter = z.number().min(0).describe('Milliseconds until it can pass; 0 where it did.');
const counter = z.union([z.int(), z.string()]).describe('A text where it is past 2^53.');

const rateReply = reply({ allowed: z.boolean(), remaining: z.number(), retryAfter });
const greylistReply = reply({
  passed: z.boolean(),
  state: z.enum(['new', 'early', 'passed', 'known']),
  age: z.number().describe('Milliseconds since the first attempt.'),
  attempts: z.int().describe('How often it was asked for, this time included.'),
  retryAfter,
});
const lockReply = reply({ token: z.string(), fence: z.string().describe('Rises with every owner.') });

const MISSING = { 404: 'There is no such key.' };

export const storeOperations: readonly StoreOperation[] = [
  operation({
    method: 'GET',
    summary: 'The value of a key.',
    reply: reply(schemas.value),
    answers: MISSING,
    async run(store, key) {
      const value = await store.get(key);
      if (value === null) return problem(404, 'not-found', 'The store has no such key');
      return answer({ ...named(store, key), ...textOrBase64('value', value) });
    },
  }),
  operation({
    method: 'PUT',
    summary: 'Set a key.',
    body: put,
    reply: reply(),
    answers: { 409: 'The key exists, and ifAbsent was given.' },
    async run(store, key, { value, valueBase64, ...options }) {
      const stored = await store.set(key, value ?? Buffer.from(valueBase64!, 'base64'), options);
      return stored ? answer(named(store, key)) : problem(409, 'exists', 'The key exists already');
    },
  }),
  operation({
    method: 'DELETE',
    summary: 'Delete a key.',
    reply: reply({ deleted: z.boolean() }),
    answers: {},
    run: async (store, key) => answer({ ...named(store, key), deleted: (await store.delete(key)) === 1 }),
  }),
  operation({
    method: 'POST',
    action: 'increment',
    summary: 'Add to a counter; its value is a text where it is past 2^53.',
    body: increment,
    reply: reply({ value: counter }),
    answers: {},
    async run(store, key, { by = 1, ...options }) {
      const value = await store.increment(key, by, options);
      const exact = BigInt(Number(value)) === value && Number.isSafeInteger(Number(value));
      return answer({ ...named(store, key), value: exact ? Number(value) : String(value) });
    },
  }),
  operation({
    method: 'POST',
    action: 'lock',
    summary: 'Take a lock: its token extends and unlocks it, its fencing number rises with every owner.',
    body: lock,
    reply: lockReply,
    answers: { 409: 'Somebody else holds it.' },
    async run(store, key, body) {
      const held = await store.tryLock(key, body.ttl);
      if (held === null) return problem(409, 'locked', 'Somebody else holds the lock');
      return answer({ ...named(store, key), token: held.token, fence: String(held.fence) });
    },
  }),
  operation({
    method: 'POST',
    action: 'extend',
    summary: 'Hold a lock for longer.',
    body: extend,
    reply: reply(),
    answers: { 409: 'The lock was lost.' },
    run: async (store, key, body) => heldOrLost(store, key, await store.heldLock(key, body.token).extend(body.ttl)),
  }),
  operation({
    method: 'POST',
    action: 'unlock',
    summary: 'Give a lock back.',
    body: unlock,
    reply: reply(),
    answers: { 409: 'The lock was lost.' },
    run: async (store, key, body) => heldOrLost(store, key, await store.heldLock(key, body.token).unlock()),
  }),
  operation({
    method: 'POST',
    action: 'rate',
    summary: 'Count for a rate limit; allowed or not is told in the answer.',
    body: rate,
    reply: rateReply,
    answers: {},
    run: async (store, key, { rate: limit, ...options }) =>
      answer({ ...named(store, key), ...(await store.rateLimit(key, limit, options)) }),
  }),
  operation({
    method: 'POST',
    action: 'greylist',
    summary: 'Whether somebody who was not seen before has come again.',
    body: greylist,
    reply: greylistReply,
    answers: {},
    run: async (store, key, options) => answer({ ...named(store, key), ...(await store.greylist(key, options)) }),
  }),
];

function named(store: LookupStore, key: Buffer): Readonly<Record<string, unknown>> {
  return { store: store.name, ...textOrBase64('key', key) };
}

function heldOrLost(store: LookupStore, key: Buffer, held: boolean): HttpAnswer {
  return held ? answer(named(store, key)) : problem(409, 'lost', 'The lock is not the token’s any more');
}
