/**
 * `lookupd/server`: the RESP server, to embed in a program or to run beside it.
 *
 *     const server = await createServer({ directives: { 'requirepass': 'secret' } });
 *     const { port } = await server.listen({ port: 0 });
 *     const session = server.session();
 *     session.run('SET', 'key', 'value', 'EX', 60);   // without a socket: 'OK'
 *     await server.close();
 */
import { Server } from './server.js';
import type { ServerOptions } from './server-options.js';

export type { Cancel, Clock } from '../core/clock.js';
export type { Random } from '../core/random.js';
export { type Argument, Double, type Reply, ReplyError, VerbatimText } from '../resp/reply.js';
export { DirectiveError } from './configuration/value-types.js';
export type { ListenOptions } from './listeners.js';
export type { LocalSession, LocalSessionOptions } from './local-session.js';
export type { Server } from './server.js';
export type { LogLevel, ServerOptions } from './server-options.js';
export type { Settings } from './settings.js';

/** A server that is ready for commands and listens nowhere yet. Rejects with DirectiveError for a wrong directive. */
export function createServer(options: ServerOptions = {}): Promise<Server> {
  return Server.start(options);
}
