import type { Context, MiddlewareHandler } from 'hono';
import type { Bindings } from './routes.js';

/**
 * Refuses bodies of more than `limit` bytes. Where no length is told (chunks, or no body at all) the body is read
 * first and the request made anew of it; Hono's own limit does that of a part that the adaptor's requests do not have.
 */
export function limitBody(
  limit: number,
  refuse: (c: Context<Bindings>) => Response | Promise<Response>,
): MiddlewareHandler<Bindings> {
  return async (c, next) => {
    const length = c.req.header('Transfer-Encoding') === undefined ? c.req.header('Content-Length') : undefined;
    if (length !== undefined) return Number(length) > limit ? await refuse(c) : await next();
    const { body, headers } = c.req.raw;
    const bytes = body === null ? Buffer.alloc(0) : await readWithin(body as AsyncIterable<Uint8Array>, limit);
    if (bytes === undefined) return await refuse(c);
    c.req.raw = new Request(c.req.url, { method: c.req.method, headers, body: new Uint8Array(bytes) });
    return await next();
  };
}

/** Undefined past the limit. */
async function readWithin(body: AsyncIterable<Uint8Array>, limit: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}
