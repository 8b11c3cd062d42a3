import { isUtf8 } from 'node:buffer';
import type { Outcome } from '../../core/outcome.js';
import { decodePercent } from '../percent.js';
import { replyReason } from '../reason.js';
import { lookupBody } from './schemas.js';

/**
 * Lookups over HTTP: `GET /lookup/<map>/<key>` or `/lookup/<map>?key=<key>`, and `POST /lookup/<map>` with
 * `{"keys": […]}`. Keys are percent-decoded to bytes; in the path a `/` belongs to the key and `+` is a
 * plus sign, in the query `+` is a space, as forms write it and Rspamd does.
 *
 * JSON holds text only: a key or value that is not UTF-8 is null and stands beside it in base64, as
 * `keyBase64` or `valueBase64`. Failures are problem details (RFC 9457) with an `error` to switch on.
 */
export interface LookupTarget {
  readonly map: string;
  /** Undefined when the request names none. */
  readonly key: Buffer | undefined;
}

/** Seconds to wait after a temporary failure: the default time a breaker stays open. */
const RETRY_AFTER = '2';

const LOOKUP = '/lookup/';

/** Reads the request line's target as it came, so that no URL parser folds dots or slashes of a key. */
export function parseTarget(target: string): LookupTarget | 'invalid-encoding' | 'elsewhere' {
  const path = target.startsWith('/') ? target : target.replace(/^https?:\/\/[^/?#]*/i, '');
  const mark = path.indexOf('?');
  const route = mark === -1 ? path : path.slice(0, mark);
  const query = mark === -1 ? '' : path.slice(mark + 1);
  if (!route.startsWith(LOOKUP)) return 'elsewhere';
  const slash = route.indexOf('/', LOOKUP.length);
  const map = decode(route.slice(LOOKUP.length, slash === -1 ? undefined : slash));
  const key = slash === -1 ? queryKey(query) : decode(route.slice(slash + 1));
  return map === null || key === null ? 'invalid-encoding' : { map: map.toString('utf8'), key };
}

/** `/store/<id>/<key>`; of a POST `/store/<id>/<key>/<action>`. */
export interface StoreTarget {
  readonly store: string;
  readonly key: Buffer;
  readonly action?: string;
}

const STORE = '/store/';

export function parseStoreTarget(target: string, acts: boolean): StoreTarget | 'invalid-encoding' | 'elsewhere' {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '').split('?', 1)[0]!;
  const slash = path.indexOf('/', STORE.length);
  const end = acts ? path.lastIndexOf('/') : path.length;
  if (!path.startsWith(STORE) || slash === -1 || end <= slash) return 'elsewhere';
  const store = decode(path.slice(STORE.length, slash));
  const key = decode(path.slice(slash + 1, end));
  if (store === null || key === null) return 'invalid-encoding';
  return { store: store.toString('utf8'), key, ...(acts ? { action: path.slice(end + 1) } : {}) };
}

/** The target is one byte per character, as Node's parser hands it over. */
function decode(encoded: string): Buffer | null {
  return decodePercent(Buffer.from(encoded, 'latin1'));
}

function queryKey(query: string): Buffer | null | undefined {
  const parameter = query.split('&').find((part) => part === 'key' || part.startsWith('key='));
  return parameter === undefined ? undefined : decode(parameter.slice('key='.length).replaceAll('+', ' '));
}

/** The keys of a POST's body `{"keys": ["…", …]}`, or what is wrong with it. */
export function parseKeys(body: unknown): readonly Buffer[] | 'invalid-body' | 'too-many-keys' {
  const { success, data, error } = lookupBody.safeParse(body);
  if (success) return data.keys.map((key) => Buffer.from(key, 'utf8'));
  return error.issues.every(({ code }) => code === 'too_big') ? 'too-many-keys' : 'invalid-body';
}

export interface HttpAnswer {
  readonly status: 200 | 400 | 404 | 405 | 408 | 409 | 413 | 415 | 431 | 500 | 502 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The answer to a lookup of one key. */
export function answerLookup(map: string, key: Buffer, outcome: Outcome): HttpAnswer {
  switch (outcome.kind) {
    case 'found':
      return { status: 200, headers: JSON_TYPE, body: foundBody(map, key, outcome.value) };
    case 'notFound':
      return problem(404, 'not-found', 'The map has no such key');
    case 'temporary':
      return problem(503, 'temporary', replyReason(outcome.reason), { 'Retry-After': RETRY_AFTER });
    case 'permanent':
      return problem(502, 'permanent', replyReason(outcome.reason));
  }
}

/** One item of the list that answers a POST: as for a single key, with `error` in place of a status. */
export function listItem(map: string, key: Buffer, outcome: Outcome): Readonly<Record<string, unknown>> {
  switch (outcome.kind) {
    case 'found':
      return foundBody(map, key, outcome.value);
    case 'notFound':
      return { map, ...textOrBase64('key', key), error: 'not-found' };
    case 'temporary':
    case 'permanent':
      return { map, ...textOrBase64('key', key), error: outcome.kind, detail: replyReason(outcome.reason) };
  }
}

function foundBody(map: string, key: Buffer, value: Buffer): Readonly<Record<string, unknown>> {
  // Most are text, and an object whose names are known is made much faster.
  if (isUtf8(key) && isUtf8(value)) return { map, key: key.toString('utf8'), value: value.toString('utf8') };
  return { map, ...textOrBase64('key', key), ...textOrBase64('value', value) };
}

export function textOrBase64(name: string, bytes: Buffer): Readonly<Record<string, unknown>> {
  if (isUtf8(bytes)) return { [name]: bytes.toString('utf8') };
  return { [name]: null, [`${name}Base64`]: bytes.toString('base64') };
}

const JSON_TYPE = { 'Content-Type': 'application/json' };

/** Reason phrases, and titles of problems. */
export const TITLES: Readonly<Record<HttpAnswer['status'], string>> = {
  200: 'OK',
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};

export function answer(body: Readonly<Record<string, unknown>>): HttpAnswer {
  return { status: 200, headers: JSON_TYPE, body };
}

/** What answers bytes that Node's parser refuses, told by its error's code. */
export function answerUnreadable(code: string | undefined): HttpAnswer {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return problem(431, 'too-large', 'The request line and its headers are too large');
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return problem(413, 'too-large', 'The extensions of a chunk are too large');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return problem(408, 'timeout', 'The request did not come in time');
    default:
      return problem(400, 'not-http', 'This is no HTTP request');
  }
}

/** A whole response, for a connection that ends with it. */
export function lastResponse({ status, headers, body }: HttpAnswer): Buffer {
  const text = JSON.stringify(body);
  const lines = Object.entries({ ...headers, 'Content-Length': Buffer.byteLength(text), Connection: 'close' });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.from(`HTTP/1.1 ${status} ${TITLES[status]}\r\n${head}\r\n${text}`);
}

/** `type` is left out: it would be "about:blank", which is its default. */
export function problem(
  status: HttpAnswer['status'],
  error: string,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  return {
    status,
    headers: { ...headers, 'Content-Type': 'application/problem+json' },
    body: { error, title: TITLES[status], status, detail },
  };
}
