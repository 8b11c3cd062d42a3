import { z } from 'zod';
import { type StoreOperation, storeOperations } from './store-operations.js';

/**
 * What a listener offers, as OpenAPI 3.1, at `/openapi.json`. Bodies are described by the schemas that check them.
 */
export function openApi(parts: { readonly lookup: boolean; readonly stores: boolean }, version: string): object {
  return {
    openapi: '3.1.0',
    info: { title: 'lookupd', version, description: 'Lookups for mail servers.' },
    paths: { ...(parts.lookup ? lookupPaths : {}), ...(parts.stores ? storePaths() : {}) },
    components: { schemas: { Problem: PROBLEM } },
  };
}

const PROBLEM = {
  type: 'object',
  description: 'Problem details (RFC 9457).',
  required: ['error', 'title', 'status', 'detail'],
  properties: {
    error: { type: 'string', description: 'What to switch on.' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
  },
};

const json = (schema: object) => ({ content: { 'application/json': { schema } } });
const failure = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});
const parameter = (name: string, description: string, where: 'path' | 'query' = 'path') => ({
  name,
  in: where,
  required: where === 'path',
  description,
  schema: { type: 'string' },
});

const FAILURES = {
  502: failure('The store cannot answer this: asking again does not help.'),
  503: failure('The answer is not known now; ask again later.'),
};

const FOUND = {
  type: 'object',
  required: ['map', 'key', 'value'],
  properties: {
    map: { type: 'string' },
    key: { type: ['string', 'null'] },
    keyBase64: { type: 'string', description: 'A key that is no text.' },
    value: { type: ['string', 'null'] },
    valueBase64: { type: 'string', description: 'A value that is no text.' },
  },
};

const ITEM = {
  ...FOUND,
  required: ['map', 'key'],
  properties: { ...FOUND.properties, error: { type: 'string' }, detail: { type: 'string' } },
};

const one = (summary: string, parameters: readonly object[]) => ({
  get: {
    summary,
    parameters,
    responses: {
      200: { description: 'Found.', ...json(FOUND) },
      404: failure('The map has no such key, or there is no such map.'),
      ...FAILURES,
    },
  },
});

const MAP = parameter('map', 'The map’s name.');

const lookupPaths = {
  '/lookup/{map}/{key}': one('Look a key up.', [MAP, parameter('key', 'Percent-encoded; it may hold slashes.')]),
  '/lookup/{map}': {
    ...one('Look a key up.', [MAP, parameter('key', 'The key.', 'query')]),
    post: {
      summary: 'Look several keys up.',
      parameters: [MAP],
      requestBody: {
        required: true,
        ...json({
          type: 'object',
          required: ['keys'],
          properties: { keys: { type: 'array', maxItems: 1_000, items: { type: 'string' } } },
        }),
      },
      responses: {
        200: { description: 'One item for each key, in order.', ...json({ type: 'array', items: ITEM }) },
        404: failure('There is no such map.'),
      },
    },
  },
};

function storePaths(): Record<string, object> {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of storeOperations) {
    const path = `/store/{store}/{key}${operation.action === undefined ? '' : `/${operation.action}`}`;
    (paths[path] ??= {})[operation.method.toLowerCase()] = described(operation);
  }
  return paths;
}

function described({ summary, body, answers }: StoreOperation): object {
  const told = Object.entries(answers).map(([status, description]) => [status, failure(description)]);
  const requestBody = body === undefined ? {} : { requestBody: { required: true, ...json(z.toJSONSchema(body)) } };
  return {
    summary,
    parameters: [parameter('store', 'The store’s id.'), parameter('key', 'Percent-encoded; it may hold slashes.')],
    ...requestBody,
    responses: {
      200: { description: 'Done.', ...json({ type: 'object' }) },
      404: failure('There is no such store.'),
      ...Object.fromEntries(told),
      ...FAILURES,
    },
  };
}
