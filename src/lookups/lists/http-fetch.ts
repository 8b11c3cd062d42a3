import type { HttpLookupConfig } from '../../config/model.js';
import { gunzipAtMost, isGzip, readAtMost } from './http-body.js';
import { ListRefused } from './load-list.js';

/** What a server said about the list it sent: sent back, so that it need not send the same again. */
export interface Validators {
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
}

export interface Fetched {
  readonly bytes: Buffer;
  readonly validators: Validators;
}

/** Redirects that are followed. */
const MOST_REDIRECTS = 5;

/**
 * Fetches a list, or answers "unchanged". Rejects with ListRefused, whose message holds no URL, for any other answer
 * than a list within its limits; the signal ends it. Redirects stay on http and https, and never leave https.
 */
export async function fetchList(
  config: HttpLookupConfig,
  validators: Validators,
  signal: AbortSignal,
): Promise<Fetched | 'unchanged'> {
  const response = await follow(new URL(config.url.reveal()), validators, signal);
  if (response.status === 304) {
    await response.body?.cancel();
    return 'unchanged';
  }
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new ListRefused(`the server answers ${response.status}`);
  }
  const { size } = config.list.limits;
  const sent = await readAtMost(response.body as AsyncIterable<Uint8Array>, size);
  if (!config.gzipped && isGzip(sent)) throw new ListRefused('it is a gzip file: gzipped = true');
  const bytes = config.gzipped ? await gunzipAtMost(sent, size) : sent;
  if (isPage(bytes)) throw new ListRefused('it is an HTML page');
  const { headers } = response;
  const header = (name: string) => headers.get(name) ?? undefined;
  return { bytes, validators: { etag: header('etag'), lastModified: header('last-modified') } };
}

async function follow(start: URL, validators: Validators, signal: AbortSignal): Promise<Response> {
  let url = start;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const response = await request(url, validators, signal, url.origin === start.origin ? start : undefined);
    const location = REDIRECTS.includes(response.status) ? response.headers.get('location') : null;
    if (location === null) return response;
    await response.body?.cancel();
    url = target(location, url);
  }
  throw new ListRefused(`more than ${MOST_REDIRECTS} redirects`);
}

const REDIRECTS = [301, 302, 303, 307, 308];

function target(location: string, from: URL): URL {
  if (!URL.canParse(location, from.href)) throw new ListRefused('the server redirects to what is no URL');
  const url = new URL(location, from);
  const allowed = from.protocol === 'https:' ? ['https:'] : ['http:', 'https:'];
  if (!allowed.includes(url.protocol)) throw new ListRefused(`the server redirects to ${url.protocol}`);
  return url;
}

/** A user and a password in the URL go into a header, to the server they are for only. */
function request(url: URL, { etag, lastModified }: Validators, signal: AbortSignal, login?: URL): Promise<Response> {
  const headers = new Headers({ 'User-Agent': 'lookupd', Accept: '*/*' });
  if (etag !== undefined) headers.set('If-None-Match', etag);
  if (lastModified !== undefined) headers.set('If-Modified-Since', lastModified);
  if (login !== undefined && login.username !== '') {
    const credentials = `${decodeURIComponent(login.username)}:${decodeURIComponent(login.password)}`;
    headers.set('Authorization', `Basic ${Buffer.from(credentials).toString('base64')}`);
  }
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  return fetch(plain, { headers, signal, redirect: 'manual' });
}

/** Error pages and login pages come with status 200 too. */
function isPage(bytes: Buffer): boolean {
  return /^\s*<(?:!doctype\s+html|html)[\s>]/i.test(bytes.subarray(0, 256).latin1Slice());
}
