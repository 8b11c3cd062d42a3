import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Serving } from '../frontend.js';
import { answerLookup, type HttpAnswer, parseTarget, problem } from './protocol.js';

/**
 * A lookup by GET or HEAD. It is what the load is, so it is answered on Node's own request and response, at a third of
 * what a Request and a Response of the web cost; everything else goes through the router, which answers the same
 * where a request comes in another form.
 */
export function isPlainLookup({ method, url }: IncomingMessage, { listener }: Serving): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  return url?.startsWith('/lookup/') === true && listener.serve.includes('lookup');
}

/** Never rejects. */
export async function answerPlainLookup(
  serving: Serving,
  { url = '' }: IncomingMessage,
  response: ServerResponse,
  keepAlive: string,
): Promise<void> {
  const { status, headers, body } = await answerTarget(serving, url);
  const text = JSON.stringify(body);
  const length = String(Buffer.byteLength(text));
  const sent = ['Content-Length', length, 'Cache-Control', 'no-store'];
  for (const name in headers) sent.push(name, headers[name]!);
  if (response.shouldKeepAlive) sent.push('Keep-Alive', keepAlive);
  response.writeHead(status, sent);
  response.end(text);
}

export async function answerTarget(serving: Serving, target: string): Promise<HttpAnswer> {
  const request = parseTarget(target);
  if (typeof request === 'string') return unreadable(request);
  const map = serving.maps.get(request.map);
  if (map === undefined) return unknownMap();
  if (request.key === undefined) return problem(400, 'missing-key', 'Ask for /lookup/<map>/<key> or ?key=<key>');
  return answerLookup(request.map, request.key, await map.lookup(request.key));
}

export function unreadable(why: 'invalid-encoding' | 'elsewhere'): HttpAnswer {
  if (why === 'elsewhere') return problem(404, 'no-such-resource', 'Nothing is served here');
  return problem(400, why, 'A percent sign stands before two hex digits');
}

export function unknownMap(): HttpAnswer {
  return problem(404, 'unknown-map', 'This listener serves no map of that name');
}
