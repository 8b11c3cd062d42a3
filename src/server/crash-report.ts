import { clientLine } from './commands/connection/client/client-line.js';
import { infoText } from './commands/server/info/text.js';
import type { Server } from './server.js';
import { REDIS_VERSION } from './version.js';

/**
 * What the log says of a server that ends by a mistake of its own or by SIGABRT (systemd's watchdog sends it): where it
 * was, its INFO, and the command it was at, without keys and values. Its headings are those of redis-server's report, which
 * people and programs look for. Nothing with `crash-log-enabled no`.
 */
export function logCrash(
  server: Server,
  cause: string,
  { stack = '' }: { readonly stack?: string | undefined } = here(),
): void {
  if (server.configuration.get('crash-log-enabled') === 'no') return;
  for (const line of crashReport(server, cause, stack)) server.log('warning', line);
}

function* crashReport(server: Server, cause: string, stack: string): Generator<string> {
  yield '=== LOOKUPD BUG REPORT START ===';
  yield `lookupd server, as Redis ${REDIS_VERSION}, crashed by ${cause}`;
  yield '------ STACK TRACE ------';
  yield* stack.split('\n').map((line) => line.trim());
  yield '------ INFO OUTPUT ------';
  yield* infoText(server, new Set(['default'])).split('\r\n');
  const call = server.dispatcher.current;
  if (call !== undefined) {
    yield '------ CURRENT CLIENT INFO ------';
    yield clientLine(call, call.session).trimEnd();
    yield `argc: ${call.args.count}`;
  }
  yield '=== LOOKUPD BUG REPORT END ===';
}

function here(): { stack?: string } {
  const place: { stack?: string } = {};
  Error.captureStackTrace(place, logCrash);
  return place;
}
