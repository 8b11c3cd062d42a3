/**
 * Real redis-servers for tests: one, with whatever directives, or a cluster of three primaries and three
 * replicas. Each runs in a temporary folder of its own on free ports and is ended by its process id;
 * nothing stays behind. A cluster starts from written node files rather than by meeting and assigning
 * slots: it is ready as soon as its nodes have greeted each other.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Reply, ReplyError } from '../../src/resp/reply.js';
import { ReplyDecoder } from '../../src/resp/reply-decoder.js';
import { type Certificates, createCertificates } from './certificates.js';
import { freePorts } from './ports.js';
import { executable } from './programs.js';
import { until } from './until.js';

export interface RedisOptions {
  /** Directives as on the command line: { maxmemory: '1mb' }. */
  readonly directives?: Readonly<Record<string, string>>;
  readonly password?: string;
  /** A configuration file, read before the directives. */
  readonly file?: string;
  /** TLS on `tlsPort`, beside the plain port. */
  readonly tls?: boolean;
  /** With `tls`: those of another server, rather than new ones. */
  readonly certificates?: Certificates;
}

export interface RedisServer {
  readonly port: number;
  /** With `tls`. */
  readonly tlsPort: number;
  readonly certificates: Certificates | undefined;
  /** The unix socket. */
  readonly path: string;
  readonly folder: string;
  readonly pid: number;
  /** What it logged until it was ready, the last time it was started. */
  readonly startLog: string;
  /** One command on a connection of its own, authenticated. */
  command(...args: readonly string[]): Promise<Reply>;
  /** Stops answering without closing anything (SIGSTOP), until `resume`. */
  pause(): void;
  resume(): void;
  /** Ends at once, as a crash does. The folder and ports stay, for `restart`. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'lookupd-redis-'));
  const certificates = options.tls ? (options.certificates ?? createCertificates(folder)) : undefined;
  try {
    return await startAt(folder, options, certificates);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

const START_ATTEMPTS = 5;

async function startAt(folder: string, options: RedisOptions, certificates?: Certificates): Promise<RedisServer> {
  for (let attempt = 1; ; attempt++) {
    const [port = 0, tlsPort = 0] = await freePorts(2);
    const directives = { port: String(port), ...tlsDirectives(tlsPort, certificates), ...options.directives };
    const server = new Server(folder, port, tlsPort, certificates, options.password, directives, options.file);
    try {
      await server.restart();
      return server;
    } catch (error) {
      if (attempt === START_ATTEMPTS || !/in use/.test(String(error))) throw error;
    }
  }
}

export function tlsDirectives(port: number, certificates: Certificates | undefined): Record<string, string> {
  if (certificates === undefined) return {};
  const { files } = certificates;
  return {
    'tls-port': String(port),
    'tls-cert-file': files.serverCert,
    'tls-key-file': files.serverKey,
    'tls-ca-cert-file': files.ca,
    'tls-auth-clients': 'optional',
  };
}

class Server implements RedisServer {
  #process: ChildProcess | undefined;
  startLog = '';
  readonly path: string;

  constructor(
    readonly folder: string,
    readonly port: number,
    readonly tlsPort: number,
    readonly certificates: Certificates | undefined,
    readonly password: string | undefined,
    readonly directives: Readonly<Record<string, string>>,
    readonly file?: string,
  ) {
    this.path = join(folder, 'redis.sock');
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  async restart(): Promise<void> {
    const program = executable('redis-server');
    if (program === undefined) throw new Error('redis-server is not installed');
    const directives: Record<string, string> = {
      bind: '127.0.0.1',
      dir: this.folder,
      unixsocket: this.path,
      save: '',
      appendonly: 'no',
      'repl-diskless-sync-delay': '0',
      // A cluster counts a replica as loading until it has received something.
      'repl-ping-replica-period': '1',
      ...(this.password === undefined ? {} : { requirepass: this.password, masterauth: this.password }),
      ...this.directives,
    };
    const options = Object.entries(directives).flatMap(([name, value]) => [`--${name}`, value]);
    const args = this.file === undefined ? options : [this.file, ...options];
    this.#process = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    endWithUs(this.#process);
    this.startLog = await untilSaid(this.#process, 'Ready to accept connections');
  }

  async command(...args: readonly string[]): Promise<Reply> {
    const auth = this.password === undefined ? [] : [['AUTH', this.password]];
    const replies = await ask(this.port, [...auth, args]);
    return replies.at(-1) ?? null;
  }

  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const running = new Set<ChildProcess>();

/** A test run that is cut short leaves no server behind. */
export function endWithUs(child: ChildProcess): void {
  if (running.size === 0) process.once('exit', killAll);
  running.add(child);
  child.once('exit', () => {
    running.delete(child);
    if (running.size === 0) process.off('exit', killAll);
  });
}

function killAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Waits until a redis-server says this; what it has logged until then. */
export function untilSaid(child: ChildProcess, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes(text)) resolve(output);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', () => reject(new Error(`redis-server did not start: ${output.slice(-500)}`)));
    child.once('error', reject);
  });
}

/**
 * Waits until so many replicas have all that the primary has now. WAIT would not tell: it is about what its own
 * connection has written, and a replica that has just copied everything is sent nothing for a second.
 */
export async function inStep(primary: RedisServer, replicas: number): Promise<void> {
  const info = async () => String(await primary.command('INFO', 'replication'));
  const offset = Number(/master_repl_offset:(\d+)/.exec(await info())?.[1]);
  const copied = (text: string) =>
    [...text.matchAll(/state=online,offset=(\d+)/g)].filter(([, has]) => Number(has) >= offset);
  await until(async () => copied(await info()).length >= replicas, `${replicas} replicas have what the primary has`);
}

/** Sends commands over one connection, a plain one by default, and gives their replies. */
export function ask(
  port: number,
  commands: readonly (readonly string[])[],
  open: () => Socket = () => connect(port, '127.0.0.1'),
): Promise<Reply[]> {
  return new Promise((resolve, reject) => {
    const socket = open();
    const decoder = new ReplyDecoder();
    const replies: Reply[] = [];
    socket.setTimeout(10_000, () => socket.destroy(new Error(`no answer from port ${port}`)));
    socket.once('error', reject);
    socket.on('data', (chunk) => {
      replies.push(...(decoder.push(chunk) as Reply[]));
      if (replies.length < commands.length) return;
      socket.destroy();
      resolve(replies);
    });
    for (const command of commands) socket.write(encode(command));
  });
}

function encode(command: readonly string[]): string {
  return `*${command.length}\r\n${command.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`).join('')}`;
}

export interface RedisCluster {
  /** In order: primary 0, 1, 2, then the replica of each. */
  readonly nodes: readonly RedisServer[];
  readonly password: string | undefined;
  /** The node that is primary for the slot now, as node `via` sees it. */
  primaryOf(slot: number, via?: number): Promise<RedisServer>;
  idOf(node: RedisServer): string;
  stop(): Promise<void>;
}

/** After how long without an answer a node counts as failed: a failover takes about twice that. */
const NODE_TIMEOUT_MS = 1000;

/** The slots of the three primaries, both ends included. */
export const CLUSTER_SLOTS = ['0-5460', '5461-10922', '10923-16383'] as const;

export async function startCluster(options: RedisOptions = {}): Promise<RedisCluster> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startClusterOnce(options);
    } catch (error) {
      if (attempt === START_ATTEMPTS || !/in use/.test(String(error))) throw error;
    }
  }
}

interface NodePlan {
  readonly id: string;
  readonly port: number;
  readonly tlsPort: number;
  readonly busPort: number;
  readonly folder: string;
}

async function startClusterOnce(options: RedisOptions): Promise<RedisCluster> {
  const root = mkdtempSync(join(tmpdir(), 'lookupd-cluster-'));
  const certificates = options.tls ? createCertificates(root) : undefined;
  const ports = await freePorts(18);
  const plans = Array.from({ length: 6 }, (_, i): NodePlan => {
    const folder = mkdtempSync(join(root, `node${i}-`));
    const [port = 0, tlsPort = 0, busPort = 0] = ports.slice(i * 3);
    return { id: randomBytes(20).toString('hex'), port, tlsPort, busPort, folder };
  });
  const nodes = plans.map((plan, i) => {
    writeFileSync(join(plan.folder, 'nodes.conf'), nodesFile(plans, i, options.tls === true));
    const directives = { ...clusterDirectives(plan, certificates), ...options.directives };
    return new Server(plan.folder, plan.port, plan.tlsPort, certificates, options.password, directives);
  });
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    rmSync(root, { recursive: true, force: true });
  };
  try {
    await Promise.all(nodes.map((node) => node.restart()));
    for (const node of nodes) await until(() => isReady(node), `the cluster node on port ${node.port} is ready`);
  } catch (error) {
    await stop();
    throw error;
  }
  const ids = new Map(nodes.map((node, i) => [node as RedisServer, plans[i]!.id]));
  return {
    nodes,
    password: options.password,
    primaryOf: (slot, via = 0) => primaryOf(nodes, slot, via),
    idOf: (node) => ids.get(node) ?? '',
    stop,
  };
}

function clusterDirectives(plan: NodePlan, certificates: Certificates | undefined): Record<string, string> {
  return {
    port: String(plan.port),
    ...tlsDirectives(plan.tlsPort, certificates),
    ...(certificates === undefined ? {} : { 'tls-cluster': 'yes', 'tls-replication': 'yes' }),
    'cluster-enabled': 'yes',
    'cluster-port': String(plan.busPort),
    'cluster-config-file': 'nodes.conf',
    'cluster-node-timeout': String(NODE_TIMEOUT_MS),
    // Nodes that serve the slots they have, whatever befell the others.
    'cluster-require-full-coverage': 'no',
  };
}

/** What node `self` believes from its start: everybody's address, role and slots. */
function nodesFile(plans: readonly NodePlan[], self: number, tls: boolean): string {
  const lines = plans.map((plan, i) => {
    const flags = `${i === self ? 'myself,' : ''}${i < 3 ? 'master' : 'slave'}`;
    const primary = i < 3 ? '-' : plans[i - 3]!.id;
    const slots = i < 3 ? ` ${CLUSTER_SLOTS[i]}` : '';
    const port = tls ? plan.tlsPort : plan.port;
    return `${plan.id} 127.0.0.1:${port}@${plan.busPort} ${flags} ${primary} 0 0 ${(i % 3) + 1} connected${slots}`;
  });
  return `${lines.join('\n')}\nvars currentEpoch 6 lastVoteEpoch 0\n`;
}

async function isReady(node: RedisServer): Promise<boolean> {
  const info = String(await node.command('CLUSTER', 'INFO'));
  const replication = String(await node.command('INFO', 'replication'));
  const synced = /role:master/.test(replication)
    ? /connected_slaves:1/.test(replication) && /state=online/.test(replication)
    : /master_link_status:up/.test(replication);
  return /cluster_state:ok/.test(info) && /cluster_slots_ok:16384/.test(info) && synced;
}

async function primaryOf(nodes: readonly RedisServer[], slot: number, via: number): Promise<RedisServer> {
  const reply = await nodes[via]!.command('CLUSTER', 'SLOTS');
  if (reply instanceof ReplyError || !Array.isArray(reply)) throw new Error(String(reply));
  const range = (reply as [number, number, [Buffer, number]][]).find(([first, last]) => first <= slot && slot <= last);
  const node = nodes.find((candidate) => candidate.port === range?.[2][1] || candidate.tlsPort === range?.[2][1]);
  if (node === undefined) throw new Error(`slot ${slot} has no primary`);
  return node;
}
