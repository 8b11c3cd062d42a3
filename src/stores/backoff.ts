import type { RetryConfig } from '../config/model.js';
import type { Random } from '../core/random.js';

/**
 * The wait before the nth retry (from 0), in milliseconds: uniform between min-wait and an upper end that
 * doubles from 10 ms and stays within (min-wait, max-wait], as redis-rs has it for Stalwart.
 */
export function retryWait(retry: RetryConfig, n: number, random: Random): number {
  return retry.minWait + random.float() * (longestWait(retry, n) - retry.minWait);
}

function longestWait(retry: RetryConfig, n: number): number {
  return Math.max(retry.minWait, Math.min(Math.max(10 * 2 ** n, retry.minWait + 1), retry.maxWait));
}

/** How long all waits of one call can be together. */
export function longestWaits(retry: RetryConfig): number {
  let sum = 0;
  // Past this the upper end stays at max-wait, however many retries there are.
  const growing = Math.min(retry.total, 64);
  for (let n = 0; n < growing; n++) sum += longestWait(retry, n);
  return sum + (retry.total - growing) * retry.maxWait;
}
