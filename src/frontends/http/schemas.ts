import { z } from 'zod';

/** What requests and answers hold: bodies are checked by it, and `/openapi.json` is made of it. */

/** Keys of one POST. */
export const MOST_KEYS = 1_000;

export const lookupBody = z.object({ keys: z.array(z.string()).max(MOST_KEYS) });

const text = z.string().nullable().describe('Null where it is no text.');
const bytes = z.base64().describe('What is no text, in base64.').optional();
export const key = { key: text, keyBase64: bytes };
export const value = { value: text, valueBase64: bytes };

export const foundAnswer = z.strictObject({ map: z.string(), ...key, ...value });

const notFoundAnswer = z.strictObject({
  map: z.string(),
  ...key,
  error: z.enum(['not-found', 'temporary', 'permanent']),
  detail: z.string().describe('Why the answer is not known.').optional(),
});

export const listAnswer = z.array(z.union([foundAnswer, notFoundAnswer]));

export const problemAnswer = z
  .strictObject({
    error: z.string().describe('What to switch on.'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
  })
  .describe('Problem details (RFC 9457).');
