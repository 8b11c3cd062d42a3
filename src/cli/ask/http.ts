import { Agent, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { found, notFound, type Outcome, permanent, temporary } from '../../core/outcome.js';
import type { Address } from '../../net/address.js';
import { ANSWER_TIMEOUT, unanswered } from './conversation.js';

/** Asks `GET /lookup/<map>/<key>` for one key after the other on one connection. Never rejects. */
export async function askHttp(address: Address, map: string, keys: readonly Buffer[]): Promise<Outcome[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const where = 'path' in address ? { socketPath: address.path } : { host: address.host, port: address.port };
  const outcomes: Outcome[] = [];
  try {
    for (const key of keys) {
      const path = `/lookup/${escaped(Buffer.from(map))}/${escaped(key)}`;
      outcomes.push(await ask({ ...where, path, agent }).catch((error: unknown) => unanswered(address, error)));
    }
  } finally {
    agent.destroy();
  }
  return outcomes;
}

function escaped(bytes: Buffer): string {
  const hex = (char: string) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  return bytes.toString('latin1').replace(/[^\w.~@+-]/g, hex);
}

async function ask(options: RequestOptions): Promise<Outcome> {
  const response = await answerTo({ ...options, signal: AbortSignal.timeout(ANSWER_TIMEOUT) });
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as LookupBody;
  if (response.statusCode === 200) return found(valueIn(body));
  if (body.error === 'not-found') return notFound;
  const reason = body.detail ?? `status ${response.statusCode}`;
  return response.statusCode === 503 ? temporary(reason) : permanent(reason);
}

interface LookupBody {
  readonly value?: string | null;
  readonly valueBase64?: string;
  readonly error?: string;
  readonly detail?: string;
}

function valueIn({ value, valueBase64 }: LookupBody): Buffer {
  return typeof value === 'string' ? Buffer.from(value) : Buffer.from(valueBase64 ?? '', 'base64');
}

function answerTo(options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(options, resolve).once('error', reject).end();
  });
}
