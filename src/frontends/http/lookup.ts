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

/** Never rejects. */
export function answerTarget(serving: Serving, target: string): Promise<HttpAnswer> {
  return new Promise((resolve) => askTarget(serving, target, resolve));
}

/** The same without a promise: calls `answered` exactly once, now or later. */
export function askTarget(serving: Serving, target: string, answered: (answer: HttpAnswer) => void): void {
  const request = parseTarget(target);
  const map = typeof request === 'string' ? undefined : serving.maps.get(request.map);
  if (typeof request === 'string') answered(unreadable(request));
  else if (map === undefined) answered(unknownMap());
  else if (request.key === undefined) answered(MISSING_KEY);
  else {
    const { key } = request;
    map.ask(key, (outcome) => answered(answerLookup(request.map, key, outcome)));
  }
}

const MISSING_KEY = problem(400, 'missing-key', 'Ask for /lookup/<map>/<key> or ?key=<key>');

export function unreadable(why: 'invalid-encoding' | 'elsewhere'): HttpAnswer {
  if (why === 'elsewhere') return nothingHere();
  return problem(400, why, 'A percent sign stands before two hex digits');
}

export function nothingHere(): HttpAnswer {
  return problem(404, 'no-such-resource', 'Nothing is served here');
}

export function unknownMap(): HttpAnswer {
  return problem(404, 'unknown-map', 'This listener serves no map of that name');
}
