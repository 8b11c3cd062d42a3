/**
 * Real Sentinels that watch a real primary and its replicas. They know each other and the replicas from their
 * configuration files, so that they need not find them first. Each runs in a folder of its own and is ended by its
 * process id.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { type Reply, ReplyError } from '../../src/resp/reply.js';
import type { Certificates } from './certificates.js';
import { freePorts } from './ports.js';
import { executable } from './programs.js';
import { ask, endWithUs, inStep, type RedisServer, startRedis, tlsDirectives, untilSaid } from './redis.js';
import { until } from './until.js';

export const PRIMARY_NAME = 'mymaster';

export interface WatchedOptions {
  readonly replicas?: number;
  /** After how many milliseconds without an answer the primary is replaced; by default it is not, in a test's time. */
  readonly downAfter?: number;
  /** Of the servers. */
  readonly password?: string;
  /** Of the Sentinels. */
  readonly sentinelPassword?: string;
  /** Servers and Sentinels over TLS. */
  readonly tls?: boolean;
}

export interface WatchedServers {
  /** Primary first, as they were started. */
  readonly servers: readonly RedisServer[];
  readonly sentinels: readonly SentinelProcess[];
  readonly certificates: Certificates | undefined;
  /** The one that all Sentinels but those that were ended name. */
  primary(): Promise<RedisServer>;
  /** Waits until every replica has what the primary has. */
  inStep(): Promise<void>;
  stop(): Promise<void>;
}

export async function startWatched(options: WatchedOptions = {}): Promise<WatchedServers> {
  const first = await startRedis(serverOptions(options, {}));
  const certificates = first.certificates;
  const servers = [first];
  const sentinels: SentinelProcess[] = [];
  const stop = async () => {
    await Promise.all(sentinels.map((sentinel) => sentinel.stop()));
    // The certificates are in the folder of the first.
    for (const server of [...servers].reverse()) await server.stop();
  };
  try {
    for (let i = 0; i < (options.replicas ?? 1); i++) {
      const directives = { replicaof: `127.0.0.1 ${portOf(first, options)}` };
      servers.push(await startRedis({ ...serverOptions(options, directives), ...(certificates && { certificates }) }));
    }
    await until(async () => countIn(await first.command('INFO', 'replication')) === servers.length - 1, 'the replicas');
    sentinels.push(...(await startSentinels(servers, certificates, options, START_ATTEMPTS)));
    await until(async () => (await Promise.all(sentinels.map(isReady))).every(Boolean), 'the Sentinels are ready');
  } catch (error) {
    await stop();
    throw error;
  }
  const primary = () => namedPrimary(servers, sentinels, options);
  const copied = async () => inStep(await primary(), servers.length - 1);
  return { servers, sentinels, certificates, primary, inStep: copied, stop };
}

function serverOptions({ password, tls = false }: WatchedOptions, directives: Readonly<Record<string, string>>) {
  const replication: Record<string, string> = tls ? { 'tls-replication': 'yes' } : {};
  return { tls, ...(password === undefined ? {} : { password }), directives: { ...replication, ...directives } };
}

function portOf(server: RedisServer, { tls = false }: WatchedOptions): number {
  return tls ? server.tlsPort : server.port;
}

function countIn(info: Reply): number {
  return (String(info).match(/state=online/g) ?? []).length;
}

/** One Sentinel. */
export class SentinelProcess {
  #process: ChildProcess | undefined;

  constructor(
    readonly port: number,
    readonly folder: string,
    private readonly certificates: Certificates | undefined,
    private readonly password: string | undefined,
  ) {}

  async start(): Promise<void> {
    const program = executable('redis-server');
    if (program === undefined) throw new Error('redis-server is not installed');
    const child = spawn(program, [join(this.folder, 'sentinel.conf'), '--sentinel'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    endWithUs(child);
    this.#process = child;
    await untilSaid(child, '+monitor master');
  }

  /** One command on a connection of its own. */
  async command(...args: readonly string[]): Promise<Reply> {
    const { port, certificates, password } = this;
    const commands = [...(password === undefined ? [] : [['AUTH', password]]), args];
    const open = certificates && (() => connectTls({ port, host: '127.0.0.1', ca: certificates.ca }));
    return (await ask(port, commands, open)).at(-1) ?? null;
  }

  get running(): boolean {
    const child = this.#process;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** Ends at once; `start` brings it back. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || !this.running) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const START_ATTEMPTS = 5;
const SENTINELS = 3;
const QUORUM = 2;
const NEVER = 600_000;

async function startSentinels(
  servers: readonly RedisServer[],
  certificates: Certificates | undefined,
  options: WatchedOptions,
  attempts: number,
): Promise<SentinelProcess[]> {
  const ports = await freePorts(SENTINELS);
  const known = ports.map((port) => ({ port, id: randomBytes(20).toString('hex') }));
  const started: SentinelProcess[] = [];
  try {
    for (const { port } of known) {
      const folder = mkdtempSync(join(tmpdir(), 'lookupd-sentinel-'));
      const process = new SentinelProcess(port, folder, certificates, options.sentinelPassword);
      started.push(process);
      writeFileSync(join(folder, 'sentinel.conf'), configuration(port, folder, known, servers, certificates, options));
      await process.start();
    }
  } catch (error) {
    await Promise.all(started.map((process) => process.stop()));
    if (attempts > 1 && /in use/.test(String(error))) {
      return await startSentinels(servers, certificates, options, attempts - 1);
    }
    throw error;
  }
  return started;
}

function configuration(
  port: number,
  folder: string,
  known: readonly { readonly port: number; readonly id: string }[],
  [primary, ...replicas]: readonly RedisServer[],
  certificates: Certificates | undefined,
  options: WatchedOptions,
): string {
  const { password, sentinelPassword, downAfter = NEVER } = options;
  const tls = { ...tlsDirectives(port, certificates), ...(certificates && { 'tls-replication': 'yes' }) };
  const lines = [
    `port ${certificates === undefined ? port : 0}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    ...Object.entries(tls).map(([name, value]) => `${name} ${value}`),
    ...(sentinelPassword === undefined
      ? []
      : [`requirepass ${sentinelPassword}`, `sentinel sentinel-pass ${sentinelPassword}`]),
    `sentinel myid ${known.find((each) => each.port === port)!.id}`,
    `sentinel monitor ${PRIMARY_NAME} 127.0.0.1 ${portOf(primary!, options)} ${QUORUM}`,
    `sentinel down-after-milliseconds ${PRIMARY_NAME} ${downAfter}`,
    `sentinel failover-timeout ${PRIMARY_NAME} 5000`,
    ...(password === undefined ? [] : [`sentinel auth-pass ${PRIMARY_NAME} ${password}`]),
    ...replicas.map((server) => `sentinel known-replica ${PRIMARY_NAME} 127.0.0.1 ${portOf(server, options)}`),
    ...known
      .filter((other) => other.port !== port)
      .map((other) => `sentinel known-sentinel ${PRIMARY_NAME} 127.0.0.1 ${other.port} ${other.id}`),
  ];
  return `${lines.join('\n')}\n`;
}

async function isReady(sentinel: SentinelProcess): Promise<boolean> {
  const quorum = await sentinel.command('SENTINEL', 'CKQUORUM', PRIMARY_NAME);
  const replicas = await sentinel.command('SENTINEL', 'REPLICAS', PRIMARY_NAME);
  if (quorum instanceof ReplyError || !Array.isArray(replicas)) return false;
  const texts = (replicas as readonly (readonly Buffer[])[]).map((fields) => fields.map(String).join(' '));
  return texts.every((text) => text.includes('flags slave ') && text.includes('master-link-status ok'));
}

async function namedPrimary(
  servers: readonly RedisServer[],
  sentinels: readonly SentinelProcess[],
  options: WatchedOptions,
): Promise<RedisServer> {
  const asked = sentinels.filter((sentinel) => sentinel.running);
  const addresses = await Promise.all(
    asked.map((each) => each.command('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', PRIMARY_NAME)),
  );
  const ports = new Set(addresses.map((address) => (Array.isArray(address) ? Number(address[1]) : 0)));
  const [port] = ports;
  const server = servers.find((each) => portOf(each, options) === port);
  if (ports.size !== 1 || server === undefined) throw new Error('the Sentinels do not agree on a primary');
  return server;
}
