import { type IncomingMessage, request as requestHttp } from 'node:http';
import { type RequestOptions, request as requestHttps } from 'node:https';
import { urlToHttpOptions } from 'node:url';
import type { Config } from '../../config/model.js';
import { formatAddress } from '../../net/address.js';
import { UsageError } from '../command.js';
import { ANSWER_TIMEOUT, whyUnanswered } from './conversation.js';
import { reachable } from './daemon.js';

/** Where a daemon offers its metrics. */
export interface MetricsPlace {
  /** For people. */
  readonly name: string;
  readonly options: RequestOptions;
}

/** The listener of the configuration that offers them. Throws UsageError when none does. */
export function metricsPlaceOf(config: Config): MetricsPlace {
  const listeners = [...config.listeners.values()].filter(({ serve }) => serve.includes('metrics'));
  if (listeners.length === 0) {
    throw new UsageError(
      `${config.file} has no listener that offers metrics: one with protocol = "http" and serve = ["metrics"] is asked`,
    );
  }
  const address = reachable(listeners);
  const where = 'path' in address ? { socketPath: address.path } : { host: address.host, port: address.port };
  return { name: formatAddress(address), options: { ...where, path: '/metrics' } };
}

/** Throws UsageError for what is no URL of a daemon; without a path it is asked for `/metrics`. */
export function parseMetricsUrl(text: string): MetricsPlace {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new UsageError(`"${text}" is no URL such as http://127.0.0.1:9090/metrics`);
  }
  if (url.pathname === '/') url.pathname = '/metrics';
  return { name: url.host, options: urlToHttpOptions(url) };
}

/** A page of a daemon with a thousand maps behind ten listeners is a tenth of it. */
const LONGEST_PAGE = 64 * 1024 * 1024;

/** The page of metrics. Rejects with what a person can do about it. */
export async function askMetrics({ name, options }: MetricsPlace): Promise<string> {
  try {
    const response = await responseTo({ ...options, agent: false, signal: AbortSignal.timeout(ANSWER_TIMEOUT) });
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > LONGEST_PAGE) throw new Error('it sends without an end');
      chunks.push(chunk);
    }
    if (response.statusCode !== 200) throw new Error(`it answers ${response.statusCode}, and offers no metrics`);
    return Buffer.concat(chunks).toString('utf8');
  } catch (error) {
    const isLate = error instanceof Error && error.name === 'AbortError';
    throw new Error(whyUnanswered(name, isLate ? new Error(`it took longer than ${ANSWER_TIMEOUT / 1_000} s`) : error));
  }
}

function responseTo(options: RequestOptions): Promise<IncomingMessage> {
  const request = options.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    request(options, resolve).once('error', reject).end();
  });
}
