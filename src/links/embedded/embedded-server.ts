import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { EmbeddedFiles, EmbeddedStoreConfig } from '../../config/model.js';
import { formatAddress } from '../../net/address.js';
import { Server } from '../../server/server.js';
import type { LogLevel } from '../../server/server-options.js';
import { LinkError } from '../link.js';
import type { LinkDependencies } from '../registry.js';
import { tlsOptions } from '../wire/tls-options.js';

/** The bundled server as `[store.<id>]` describes it: its files, whom it follows, where it listens. */
export class EmbeddedServer {
  readonly server: Server;
  private hasOpened = false;

  constructor(
    private readonly config: EmbeddedStoreConfig,
    { clock, random, log }: LinkDependencies,
  ) {
    const settings = { scriptLimit: Math.min(config.deadline ?? config.timeout, LONGEST_SCRIPT) };
    const tell = (level: LogLevel, message: string) => {
      if (level === 'warning') log?.warn({ store: config.id }, message);
      else if (level === 'notice') log?.info({ store: config.id }, message);
    };
    this.server = orLinkError(() => {
      // The server wants its folder to be there.
      if (config.files) mkdirSync(config.files.path, { recursive: true, mode: 0o750 });
      return new Server({
        clock,
        random,
        settings,
        directives: directivesOf(config),
        keepsFiles: config.files !== undefined,
        ownsFolder: true,
        ...(config.primaryTls && { primaryTls: tlsOptions(config.primaryTls) }),
        ...(config.files || config.primary || config.listen.length > 0 ? { log: tell } : {}),
      });
    });
  }

  /** Rejects with a LinkError that says what is in the way. */
  async open(): Promise<void> {
    const { server, config } = this;
    try {
      await server.start();
      if (config.files) refuseOtherFiles(config.files);
      await server.persistence.load();
      this.hasOpened = true;
      for (const endpoint of config.listen) await this.listen(endpoint);
    } catch (error) {
      throw cannotOpen(error);
    }
  }

  /** Saves first, where there are files to save to. */
  async close(): Promise<void> {
    const { server } = this;
    if (!this.hasOpened || server.isClosed) await server.close();
    else server.shutdown({ save: server.persistence.changes > 0 ? 'default' : 'nosave', force: true });
    await server.ended;
  }

  private async listen(endpoint: EmbeddedStoreConfig['listen'][number]): Promise<void> {
    const { mode } = this.config;
    const where = 'path' in endpoint && mode !== undefined ? { ...endpoint, mode } : endpoint;
    try {
      const { port } = await this.server.listen(where);
      const address = 'path' in endpoint ? endpoint : { ...endpoint, port: port ?? 0 };
      this.server.log('notice', `Listening on ${formatAddress(address)}`);
    } catch (error) {
      throw new Error(`cannot listen on ${formatAddress(endpoint)}: ${(error as Error).message}`, { cause: error });
    }
  }
}

function directivesOf({ files, primary, listen, password }: EmbeddedStoreConfig): Record<string, string> {
  const tcp = listen.find((endpoint) => 'port' in endpoint);
  const directives: Record<string, string> = { port: String(tcp?.port ?? 0) };
  if (files) {
    directives['dir'] = files.path;
    directives['appendonly'] = files.appendonly ? 'yes' : 'no';
    directives['appendfsync'] = files.appendfsync;
    directives['save'] = files.save;
  }
  if (primary) {
    directives['replicaof'] = `${primary.host} ${primary.port}`;
    if (primary.user !== undefined) directives['masteruser'] = primary.user;
    if (primary.password !== undefined) directives['masterauth'] = primary.password.reveal();
  }
  if (password !== undefined) directives['requirepass'] = password.reveal();
  return directives;
}

function orLinkError<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw cannotOpen(error);
  }
}

function cannotOpen(error: unknown): LinkError {
  return new LinkError('connection', (error as Error).message, { maybeExecuted: false, cause: error });
}

/** Where there are two kinds of files it has to be clear which of them are the data. */
function refuseOtherFiles({ path, appendonly }: EmbeddedFiles): void {
  const log = join(path, 'appendonlydir');
  if (appendonly || !existsSync(join(log, 'appendonly.aof.manifest'))) return;
  throw new Error(
    `${log} holds the data, and appendonly = false would leave it unread: save it with appendonly = true, then move the folder away`,
  );
}

/**
 * Scripts run on the same thread as everything else, so what ends them is their limit and not the call's
 * deadline: milliseconds, `busy-reply-threshold` of the bundled server.
 */
const LONGEST_SCRIPT = 1_000;
