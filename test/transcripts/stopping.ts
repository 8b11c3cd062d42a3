/**
 * Stopped at the end of the scope, also where a line of the transcript fails:
 *
 *     await using redis = stopping(await startRedis());
 */
export function stopping<T extends { stop(): void | Promise<void> }>(started: T): T & AsyncDisposable {
  return Object.assign(started, { [Symbol.asyncDispose]: async () => started.stop() });
}
