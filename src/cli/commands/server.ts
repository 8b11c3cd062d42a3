import { accessSync, constants, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { systemReason } from '../../core/system-reason.js';
import { packageVersion } from '../../daemon/version.js';
import { AclStartError } from '../../server/access/declared-users.js';
import { NodesFileError } from '../../server/cluster/nodes-file.js';
import {
  ConfigFileError,
  type ConfigSources,
  loadConfiguration,
  optionsToLines,
} from '../../server/configuration/config-file.js';
import { logCrash } from '../../server/crash-report.js';
import { ListenError, listenAsConfigured } from '../../server/launch.js';
import { isLogged, logLine, logTarget } from '../../server/log-lines.js';
import { CannotMake } from '../../server/persistence/aof/aof-directory.js';
import { AofError } from '../../server/persistence/aof/aof-error.js';
import { FolderInUse } from '../../server/persistence/folder-lock.js';
import { checkRdb } from '../../server/persistence/rdb/check.js';
import { RdbError } from '../../server/persistence/rdb/types.js';
import { Server } from '../../server/server.js';
import type { LogLevel } from '../../server/server-options.js';
import { readShutdownOptions } from '../../server/shutdown.js';
import { REDIS_VERSION } from '../../server/version.js';
import { checkAofFile } from '../check-aof.js';
import { checkRdbFile } from '../check-rdb.js';
import { argument, defineCommand } from '../command.js';
import { ExitCode } from '../exit-codes.js';
import type { Terminal } from '../terminal.js';

/** `lookupd server`: the bundled RESP server, called as redis-server is. */
export const server = defineCommand({
  name: 'server',
  summary: 'run the bundled RESP server, called as redis-server is',
  description:
    'Runs the bundled RESP server: a redis.conf, "-" for one on standard input, then --directive value … as on ' +
    "redis-server's command line. Listens on 127.0.0.1 and ::1, port 6379, unless told otherwise. With --sentinel it is a " +
    'Redis Sentinel, port 26379: the file is a sentinel.conf, where it also keeps what it has found out.',
  arguments: {
    arguments: argument.any(
      '[redis.conf] [-] [--directive value …], --sentinel sentinel.conf [--directive value …], --version, --check-aof [--fix] FILE, or --check-rdb FILE',
    ),
  },
  options: {},
  passesOptions: true,
  examples: [
    { line: 'lookupd server', does: 'on 127.0.0.1:6379, data in dump.rdb of this folder' },
    { line: 'lookupd server /etc/redis/redis.conf --port 7000', does: 'a configuration file, and another port' },
    { line: 'lookupd server --port 0 --unixsocket /run/lookupd/redis.sock', does: 'on a unix socket only' },
    { line: 'lookupd server --sentinel sentinel.conf', does: 'watches primaries, and has replicas take their place' },
  ],
  async run({ args, terminal }) {
    const words = args.arguments;
    if (words[0] === '--version' || words[0] === '-v') {
      terminal.out.write(`lookupd server v=${packageVersion()} redis=${REDIS_VERSION} bits=64\n`);
      return ExitCode.ok;
    }
    if (words[0] === '--check-rdb') return checkRdbFile(words.slice(1), terminal);
    if (words[0] === '--check-aof') return await checkAofFile(words.slice(1), terminal);
    const isSentinel = words.includes('--sentinel');
    try {
      const sources = await readSources(
        words.filter((word) => word !== '--sentinel'),
        terminal,
      );
      return await runServer(sources, terminal, isSentinel);
    } catch (error) {
      if (!(error instanceof ConfigFileError)) throw error;
      terminal.err.write(`\n${error.message}\n`);
      return ExitCode.no;
    }
  },
});

async function readSources(words: readonly string[], terminal: Terminal): Promise<ConfigSources> {
  const [first] = words;
  const hasFile = first !== undefined && !first.startsWith('-');
  const rest = words.slice(hasFile ? 1 : 0);
  // Standard input is meant by the first word of all and by the last, a value by any between.
  const readsInput = rest.at(-1) === '-' || (!hasFile && rest[0] === '-');
  if (rest.at(-1) === '-') rest.pop();
  if (!hasFile && rest[0] === '-') rest.shift();
  return {
    file: hasFile ? resolve(first) : undefined,
    input: readsInput ? (await buffer(terminal.input)).toString('latin1') : undefined,
    options: optionsToLines(rest),
  };
}

async function runServer(sources: ConfigSources, terminal: Terminal, isSentinel: boolean): Promise<ExitCode> {
  terminal.outlives?.();
  const logger = new ServerLog(terminal);
  const server = new Server({
    log: (level, text) => logger.write(level, text),
    configure: (configuration) => loadConfiguration(configuration, sources),
    keepsFiles: !isSentinel,
    isSentinel,
  });
  const { configuration } = server;
  if (isSentinel) refuseUnwritableFile(configuration.file);
  process.chdir(configuration.get('dir') ?? '.');
  logger.open(server);
  logger.banner(Object.values(sources).some(Boolean));
  const forget = [onSignals(shutdownBySignal(server)), onCrash(server)];
  const pidFile = configuration.get('pidfile') ?? '';
  try {
    await server.start();
    await listenAsConfigured(server);
    if (pidFile !== '') writePidFile(pidFile, logger);
    logger.initialized(server);
    await server.persistence.load();
    if (!server.persistence.loading) logger.write('notice', 'Ready to accept connections');
    await server.ended;
    if (server.failure !== undefined) return ExitCode.no;
    if (pidFile !== '') {
      logger.write('notice', 'Removing the pid file.');
      rmSync(pidFile, { force: true });
    }
    logger.write('warning', 'lookupd server is now ready to exit, bye bye...');
    return ExitCode.ok;
  } catch (error) {
    const isTold = TOLD.some((kind) => error instanceof kind);
    if (isTold) logger.write('warning', (error as Error).message);
    else if (error instanceof RdbError) tellOfBrokenFile(server, logger, error);
    else if (error instanceof Error && 'syscall' in error)
      logger.write('warning', `Fatal error loading the DB: ${error.message}. Exiting.`);
    else if (!(error instanceof AofError)) throw error;
    return ExitCode.no;
  } finally {
    for (const each of forget) each();
    await server.close();
  }
}

/** A sentinel keeps there what it must not forget. Throws ConfigFileError. */
function refuseUnwritableFile(file: string | undefined): void {
  if (file === undefined) throw new ConfigFileError('Sentinel needs config file on disk to save state. Exiting...');
  try {
    accessSync(file, constants.W_OK);
  } catch (error) {
    throw new ConfigFileError(`Sentinel config file ${file} is not writable: ${systemReason(error)}. Exiting...`);
  }
}

/** Where the file breaks, as `--check-rdb` tells it. */
function tellOfBrokenFile({ persistence, settings, clock }: Server, logger: ServerLog, error: RdbError): void {
  logger.write('warning', `Internal error in RDB: ${error.message}`);
  checkRdb(persistence.path, { now: clock.now(), limits: settings, print: (line) => logger.print(line) });
  logger.write('warning', 'Terminating server after rdb file reading failure.');
}

function writePidFile(path: string, logger: ServerLog): void {
  try {
    writeFileSync(path, `${process.pid}\n`);
  } catch (error) {
    logger.write('warning', `Failed to write PID file: ${systemReason(error)}`);
  }
}

/** A second SIGINT ends a server that has not ended by itself since the first. */
function shutdownBySignal(server: Server): (signal: string) => void {
  return (signal) => {
    if (signal === 'SIGINT' && server.shutdowns.isRequested) {
      server.giveUp('You insist... exiting now.');
      return;
    }
    const when = server.persistence.loading ? ' during loading,' : '';
    server.log('warning', `Received ${when === '' ? signal : 'shutdown signal'}${when} scheduling shutdown...`);
    const words = server.configuration.get(`shutdown-on-${signal.toLowerCase()}`) ?? '';
    server.shutdowns.request(readShutdownOptions(new Set(words.split(' '))));
  };
}

function onSignals(act: (signal: string) => void): () => void {
  const signals = ['SIGTERM', 'SIGINT'] as const;
  for (const signal of signals) process.on(signal, act);
  process.on('SIGHUP', ignore);
  return () => {
    for (const signal of signals) process.off(signal, act);
    process.off('SIGHUP', ignore);
  };
}

/** As redis-server does: it would end without saving where the terminal that it was started in is closed. */
function ignore(): void {}

/** The log tells how the server crashed, which it does then as any program. */
function onCrash(server: Server): () => void {
  const onError = (error: Error) => logCrash(server, 'an uncaught error', error);
  const onAbort = () => {
    logCrash(server, 'signal: SIGABRT');
    process.abort();
  };
  process.on('uncaughtExceptionMonitor', onError);
  process.on('SIGABRT', onAbort);
  return () => {
    process.off('uncaughtExceptionMonitor', onError);
    process.off('SIGABRT', onAbort);
  };
}

/** The server's log, in redis-server's form; lines from before the configuration is read go to the terminal. */
class ServerLog {
  private server: Server | undefined;
  private target: (text: string) => void;

  constructor(terminal: Terminal) {
    this.target = (text) => terminal.out.write(text);
  }

  open(server: Server): void {
    this.server = server;
    this.target = logTarget(server.configuration.get('logfile') ?? '', this.target);
  }

  write(level: LogLevel, text: string): void {
    if (!isLogged(level, this.server?.configuration.get('loglevel') ?? 'notice')) return;
    this.target(logLine(process.pid, new Date(), level, text, this.server?.mode === 'sentinel' ? 'X' : 'M'));
  }

  /** A line without time and level. */
  print(line: string): void {
    this.target(`${line}\n`);
  }

  banner(isConfigured: boolean): void {
    this.write(
      'warning',
      `lookupd server ${packageVersion()}, as Redis ${REDIS_VERSION}, bits=64, pid=${process.pid}, just started`,
    );
    if (!isConfigured) this.write('warning', 'Warning: no config file specified, using the default config.');
    else this.write('warning', 'Configuration loaded');
  }

  /** Said once it listens: whoever waits for this line may connect. */
  initialized(server: Server): void {
    this.write('notice', `Running mode=${server.mode}, port=${server.configuration.get('port')}, PID: ${process.pid}.`);
    this.write('warning', 'Server initialized');
    for (const place of server.listeners.places) this.write('notice', `Listening on ${place}`);
  }
}

/** What is in the way, in words for the log. */
const TOLD = [ListenError, FolderInUse, NodesFileError, AclStartError, CannotMake];
