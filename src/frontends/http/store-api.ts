import type { Context, Hono } from 'hono';
import type { z } from 'zod';
import { StoreError } from '../../core/errors.js';
import { replyReason } from '../reason.js';
import type { ServedStores } from '../served-stores.js';
import { type HttpAnswer, parseStoreTarget, problem, type StoreTarget } from './protocol.js';
import { type Bindings, send, targetOf } from './routes.js';
import { type StoreOperation, storeOperations } from './store-operations.js';

/**
 * `/store/<id>/<key>`: what a listener with `write = true` offers. A page in somebody's browser must not be able to use
 * it: bodies are JSON and say so, which a browser asks about before it sends them, and nobody answers that.
 */
export function addStores(app: Hono<Bindings>, stores: ServedStores): void {
  app.all('/store/*', async (c) => send(c, await answerStore(c, stores)));
}

async function answerStore(c: Context<Bindings>, stores: ServedStores): Promise<HttpAnswer> {
  const target = parseStoreTarget(targetOf(c), c.req.method === 'POST');
  if (typeof target === 'string') return unreadable(target);
  const offered = stores.get(target.store);
  if (offered === undefined) return problem(404, 'unknown-store', 'This listener offers no store of that name');
  const operation = operationOf(c.req.method, target);
  if (operation === undefined) return notOffered(c.req.method);
  const body = await readBody(c, operation);
  if ('refused' in body) return body.refused;
  try {
    return await stores.run(offered, () => operation.run(offered.store, target.key, body.given));
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    stores.failed(offered.store.name, error);
    return answerFailure(error);
  }
}

function unreadable(why: 'invalid-encoding' | 'elsewhere'): HttpAnswer {
  if (why === 'elsewhere') return problem(404, 'no-such-resource', 'Ask for /store/<id>/<key>');
  return problem(400, why, 'A percent sign stands before two hex digits');
}

function operationOf(method: string, { action }: StoreTarget): StoreOperation | undefined {
  const asked = method === 'HEAD' ? 'GET' : method;
  return storeOperations.find((operation) => operation.method === asked && operation.action === action);
}

function notOffered(method: string): HttpAnswer {
  if (method === 'POST') {
    const actions = storeOperations.flatMap(({ action }) => (action === undefined ? [] : [action]));
    return problem(404, 'no-such-resource', `After the key stands one of ${actions.join(', ')}`);
  }
  return problem(405, 'method-not-allowed', 'Use GET, HEAD, PUT, DELETE or POST', {
    Allow: 'GET, HEAD, PUT, DELETE, POST',
  });
}

type Body = { readonly given: unknown } | { readonly refused: HttpAnswer };

async function readBody(c: Context<Bindings>, { method, body }: StoreOperation): Promise<Body> {
  if (body === undefined) return { given: undefined };
  if (!/^application\/json\s*(;|$)/i.test(c.req.header('content-type') ?? '')) {
    return refuse(415, 'not-json', 'Send the body as Content-Type: application/json');
  }
  const text = await c.req.text();
  const parsed = body.safeParse(text === '' && method === 'POST' ? {} : jsonOf(text));
  if (parsed.success) return { given: parsed.data };
  return refuse(400, 'invalid-body', parsed.error.issues.map(described).join('; '));
}

function refuse(...told: Parameters<typeof problem>): Body {
  return { refused: problem(...told) };
}

/** Undefined for what is no JSON, which no schema takes. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function described({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? `the body: ${message}` : `"${path.join('.')}": ${message}`;
}

function answerFailure({ code, message, temporary, indeterminate }: StoreError): HttpAnswer {
  if (code === 'INVALID') return problem(400, 'invalid', replyReason(message));
  if (indeterminate) return problem(503, 'indeterminate', `${replyReason(message)}; it may have been done`);
  if (temporary) return problem(503, 'temporary', replyReason(message), { 'Retry-After': '2' });
  return problem(502, 'permanent', replyReason(message));
}
