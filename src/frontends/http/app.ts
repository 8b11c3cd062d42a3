import { type Context, Hono } from 'hono';
import type { FrontendContext, Serving } from '../frontend.js';
import { limitBody } from './body-limit.js';
import { answerTarget, nothingHere, unknownMap, unreadable } from './lookup.js';
import { openApi } from './openapi.js';
import { listItem, parseKeys, parseTarget, problem } from './protocol.js';
import { type Bindings, refuseOtherMethods, send, targetOf } from './routes.js';
import { MOST_KEYS } from './schemas.js';
import { addStores } from './store-api.js';

/** Bytes of a request's body, where the configuration does not say. */
const LARGEST_BODY = 1_048_576;

/** The routes of one listener: the parts its `serve` names, everything else is 404. */
export function createApp(context: FrontendContext, serving: Serving): Hono<Bindings> {
  const app = new Hono<Bindings>();
  const maxSize = serving.listener.limits.maxRequest ?? LARGEST_BODY;
  app.use(async (c, next) => {
    await next();
    c.header('Cache-Control', 'no-store');
  });
  app.on(
    ['PUT', 'POST'],
    '*',
    limitBody(maxSize, (c) => send(c, problem(413, 'too-large', `A body holds at most ${maxSize} bytes`))),
  );
  app.notFound((c) => send(c, nothingHere()));
  app.onError((error, c) => {
    context.log.error({ err: error, listener: serving.listener.id }, 'HTTP request failed');
    return send(c, problem(500, 'internal', 'An internal error; the log tells more'));
  });
  const { serve } = serving.listener;
  if (serve.includes('lookup')) addLookups(app, serving);
  if (serve.includes('stores')) addStores(app, serving.stores);
  addDescription(app, context, serve);
  if (serve.includes('health')) addHealth(app, context);
  if (serve.includes('metrics')) addMetrics(app, context);
  return app;
}

function addLookups(app: Hono<Bindings>, serving: Serving): void {
  app.get('/lookup/*', async (c) => send(c, await answerTarget(serving, targetOf(c))));
  app.post('/lookup/*', (c) => lookupMany(c, serving));
  refuseOtherMethods(app, '/lookup/*', 'GET, HEAD, POST');
}

async function lookupMany(c: Context<Bindings>, serving: Serving): Promise<Response> {
  const request = parseTarget(targetOf(c));
  if (typeof request === 'string') return send(c, unreadable(request));
  const map = serving.maps.get(request.map);
  if (map === undefined) return send(c, unknownMap());
  const keys = parseKeys(await c.req.json().catch(() => undefined));
  if (keys === 'invalid-body') return send(c, problem(400, keys, 'The body must be {"keys": ["…", …]}'));
  if (keys === 'too-many-keys') return send(c, problem(413, keys, `A request has at most ${MOST_KEYS} keys`));
  const outcomes = await Promise.all(keys.map((key) => map.lookup(key)));
  return c.json(outcomes.map((outcome, i) => listItem(request.map, keys[i] as Buffer, outcome)));
}

/** Where there is something to describe. */
function addDescription(app: Hono<Bindings>, { version }: FrontendContext, serve: readonly string[]): void {
  const parts = { lookup: serve.includes('lookup'), stores: serve.includes('stores') };
  if (!parts.lookup && !parts.stores) return;
  app.get('/openapi.json', (c) => c.json(openApi(parts, version)));
  refuseOtherMethods(app, '/openapi.json', 'GET, HEAD');
}

function addHealth(app: Hono<Bindings>, { readiness }: FrontendContext): void {
  app.get('/livez', (c) => c.json({ status: 'alive' }));
  app.get('/readyz', async (c) => {
    const { ready, ...report } = await readiness();
    return c.json(report, ready ? 200 : 503);
  });
  for (const path of ['/livez', '/readyz']) refuseOtherMethods(app, path, 'GET, HEAD');
}

function addMetrics(app: Hono<Bindings>, { renderMetrics }: FrontendContext): void {
  app.get('/metrics', async (c) => {
    const { contentType, text } = await renderMetrics();
    return c.body(text, 200, { 'Content-Type': contentType });
  });
  refuseOtherMethods(app, '/metrics', 'GET, HEAD');
}
