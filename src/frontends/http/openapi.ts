import { z } from 'zod';
import { foundAnswer, listAnswer, lookupBody, problemAnswer } from './schemas.js';
import { type StoreOperation, storeOperations } from './store-operations.js';

/**
 * What a listener offers, as OpenAPI 3.1, at `/openapi.json`. Requests are described by the schemas that check them, answers
 * by those that the tests hold them against.
 */
export function openApi(parts: { readonly lookup: boolean; readonly stores: boolean }, version: string): object {
  return {
    openapi: '3.1.0',
    info: { title: 'lookupd', version, description: 'Lookups for mail servers.' },
    paths: { ...(parts.lookup ? lookupPaths : {}), ...(parts.stores ? storePaths() : {}) },
    components: { schemas: { Problem: described(problemAnswer) } },
  };
}

const described = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input' });
const json = (schema: z.ZodType) => ({ content: { 'application/json': { schema: described(schema) } } });
const failure = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});
const parameter = (name: string, description: string, where: 'path' | 'query' = 'path') => ({
  name,
  in: where,
  required: true,
  description,
  schema: { type: 'string' },
});

const FAILURES = {
  502: failure('The store cannot answer this: asking again does not help.'),
  503: failure('The answer is not known now; ask again later.'),
};

const one = (summary: string, parameters: readonly object[]) => ({
  get: {
    summary,
    parameters,
    responses: {
      200: { description: 'Found.', ...json(foundAnswer) },
      400: failure('No key is asked for, or a percent sign stands before no two hex digits.'),
      404: failure('The map has no such key, or there is no such map.'),
      ...FAILURES,
    },
  },
});

const BODY_REFUSALS = {
  413: failure('The body is too large.'),
  415: failure('The body is not said to be JSON.'),
};

const MAP = parameter('map', 'The map’s name.');

const lookupPaths = {
  '/lookup/{map}/{key}': one('Look a key up.', [MAP, parameter('key', 'Percent-encoded; it may hold slashes.')]),
  '/lookup/{map}': {
    ...one('Look a key up.', [MAP, parameter('key', 'The key.', 'query')]),
    post: {
      summary: 'Look several keys up.',
      parameters: [MAP],
      requestBody: { required: true, ...json(lookupBody) },
      responses: {
        200: { description: 'One item for each key, in order.', ...json(listAnswer) },
        400: failure('The body is not what is asked for.'),
        404: failure('There is no such map.'),
        413: failure('More keys, or bytes, than one request may have.'),
      },
    },
  },
};

function storePaths(): Record<string, object> {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of storeOperations) {
    const path = `/store/{store}/{key}${operation.action === undefined ? '' : `/${operation.action}`}`;
    (paths[path] ??= {})[operation.method.toLowerCase()] = pathOf(operation);
  }
  return paths;
}

function pathOf({ summary, body, reply, answers }: StoreOperation): object {
  const told = Object.entries(answers).map(([status, description]) => [status, failure(description)]);
  const requestBody = body === undefined ? {} : { requestBody: { required: true, ...json(body) } };
  const refusals = body === undefined ? {} : BODY_REFUSALS;
  return {
    summary,
    parameters: [parameter('store', 'The store’s id.'), parameter('key', 'Percent-encoded; it may hold slashes.')],
    ...requestBody,
    responses: {
      200: { description: 'Done.', ...json(reply) },
      400: failure('A percent sign stands before no two hex digits, or the body is not what is asked for.'),
      404: failure('There is no such store.'),
      ...refusals,
      ...Object.fromEntries(told),
      ...FAILURES,
    },
  };
}
