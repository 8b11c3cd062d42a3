import { type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';

export interface HttpAnswer {
  readonly status: number | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Null for what is not JSON. */
  readonly json: unknown;
}

/**
 * A request on a connection of its own, with its target exactly as given: fetch would rewrite it. A body is said to be
 * JSON unless the headers say otherwise.
 */
export function askHttp(
  port: number,
  method: string,
  path: string,
  body?: string,
  headers: OutgoingHttpHeaders = body === undefined ? {} : { 'content-type': 'application/json' },
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent: false });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = /json/.test(response.headers['content-type'] ?? '') && text !== '';
        const json: unknown = isJson ? JSON.parse(text) : null;
        resolve({ status: response.statusCode, headers: response.headers, body: text, json });
      });
    });
    outgoing.end(body);
  });
}
