import type { HttpBindings } from '@hono/node-server';
import type { Context, Hono } from 'hono';
import { type HttpAnswer, problem } from './protocol.js';

/** What all routes have in common. */
export type Bindings = { Bindings: HttpBindings };

export function refuseOtherMethods(app: Hono<Bindings>, path: string, allow: string): void {
  app.all(path, (c) => send(c, problem(405, 'method-not-allowed', `Use ${allow}`, { Allow: allow })));
}

/** The request line's target, byte for byte. */
export function targetOf(c: Context<Bindings>): string {
  return c.env.incoming.url ?? '';
}

export function send(c: Context, answer: HttpAnswer): Response {
  return c.body(JSON.stringify(answer.body), answer.status, { ...answer.headers });
}
