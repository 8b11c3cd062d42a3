/** Whether a configuration's stores answer, node by node: for ping, info and check --connect. */
import type { Config, LinkedStoreConfig, StoreConfig } from '../config/model.js';
import { StoreError } from '../core/errors.js';
import { DAEMON_DEADLINE } from '../daemon/deadline.js';
import type { Topology } from '../links/link.js';
import { textOf } from '../resp/reply.js';
import { openStores } from '../stores/factory.js';
import { isLink, withShards } from '../stores/shards.js';
import type { LookupStore, PingResult } from '../stores/store.js';
import { addressOf, besideDaemon, holderOf } from './beside-daemon.js';
import { eager } from './store-access.js';
import { printTable } from './table.js';
import type { Output } from './terminal.js';

/** What became of one store. */
export interface Reached {
  readonly config: StoreConfig;
  /** One per known node; of a store that cannot be opened, its configured addresses. */
  readonly nodes: readonly PingResult[];
  /** Undefined when it could not be opened; then `error` says why. */
  readonly topology: Topology | undefined;
  readonly error: string | undefined;
  /** What is odd about a store that answers. */
  readonly hint?: string | undefined;
}

/** Opens each store and asks each of its nodes, all at the same time. Never rejects. */
export function reachAll(config: Config, stores: Iterable<StoreConfig>): Promise<Reached[]> {
  // A sharded store answers when its stores do.
  const asked = [...withShards(config.stores, stores).values()].filter(isLink);
  return Promise.all(asked.map((store) => reach(config, store)));
}

export function isReachable({ nodes, error }: Reached): boolean {
  return error === undefined && nodes.every(({ status }) => status === 'reachable');
}

/** Once and within seconds: whoever asks waits for it. */
async function reach(config: Config, store: LinkedStoreConfig): Promise<Reached> {
  const { id, deadline = DAEMON_DEADLINE, retry } = store;
  const held = await heldElsewhere(store);
  if (held) return held;
  const once: LinkedStoreConfig = { ...eager(store), deadline, retry: { ...retry, total: 0 } };
  try {
    await using opened = await openStores(await besideDaemon({ ...config, stores: new Map([[id, once]]) }));
    const open = opened.get(id)!;
    const nodes = await pingNodes(open);
    const hint = await kindHint(store, open);
    return { config: store, nodes, topology: open.topology(), error: undefined, hint };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const nodes = await pingEndpoints(config, store, error);
    return { config: store, nodes, topology: undefined, error: reasonOf(error.message) };
  }
}

/** One that another process has open, and lets nobody else ask, is there: what more there is to know that one knows. */
async function heldElsewhere(config: LinkedStoreConfig): Promise<Reached | undefined> {
  if (config.type !== 'embedded' || addressOf(config) !== undefined) return undefined;
  const holder = await holderOf(config);
  if (holder === undefined) return undefined;
  const node = { name: 'embedded', role: 'primary', status: 'connected', queries: 0, errors: 0, moved: 0 } as const;
  const topology: Topology = { kind: 'embedded', transport: 'memory', nodes: [{ ...node, lastActivity: -1 }] };
  const nodes: PingResult[] = [{ node: 'embedded', role: 'primary', status: 'reachable', latencyUs: 0 }];
  return { config, nodes, topology, error: undefined, hint: `${holder} has it open, and it has no "listen"` };
}

/** A node of a cluster answers a PING as any server does, and refuses most keys; a Sentinel has none. */
async function kindHint(config: StoreConfig, store: LookupStore): Promise<string | undefined> {
  if (config.type !== 'redis' || config.redisType === 'cluster' || config.redisType === 'auto') return undefined;
  // One who may not ask is not told.
  const text = textOf(await store.command('INFO').catch(() => null));
  if (/^redis_mode:sentinel/m.test(text)) return 'this is a Sentinel, which has no keys: redis-type = "sentinel"';
  const isNode = text.includes('cluster_enabled:1');
  return isNode ? 'this is a node of a cluster, which has a part of the keys: redis-type = "cluster"' : undefined;
}

const PINGS = 3;

/** The fastest of a few, where all answer: the first one has connections to make. */
async function pingNodes(store: LookupStore): Promise<readonly PingResult[]> {
  let fastest = await store.ping();
  for (let i = 1; i < PINGS && fastest.every(({ status }) => status === 'reachable'); i++) {
    const again = new Map((await store.ping()).map((result) => [result.node, result]));
    fastest = fastest.map((best) => {
      const result = again.get(best.node) ?? best;
      return result.status === 'unreachable' || result.latencyUs < best.latencyUs ? result : best;
    });
  }
  return fastest;
}

/** Of a cluster that tells no topology each address may have a reason of its own: it is asked alone. */
async function pingEndpoints(config: Config, store: LinkedStoreConfig, error: StoreError): Promise<PingResult[]> {
  // The addresses of Sentinels are not those of the store.
  const whole = store.type === 'embedded' || store.redisType === 'single' || store.redisType === 'sentinel';
  if (whole) return [unreachable(error.node ?? store.id, error)];
  const alone = store.endpoints.map((endpoint) => ({ ...store, redisType: 'single' as const, endpoints: [endpoint] }));
  return (await reachAll(config, alone)).flatMap(({ nodes }) => nodes);
}

function unreachable(node: string, { message }: StoreError): PingResult {
  return { node, role: 'unknown', status: 'unreachable', latencyUs: -1, error: reasonOf(message) };
}

/** Without what stands beside it already: store, node and operation. */
function reasonOf(message: string): string {
  return message.replace(/^store "[^"]*"(?: at \S+)?: \w+: /, '');
}

/** A line per node. */
export function printReached(out: Output, stores: readonly Reached[]): void {
  const rows = stores.flatMap((store) => rowsFor(store, out));
  const header = ['STORE', 'NODE', 'ROLE', 'STATUS', 'LATENCY', 'ERROR'];
  const columns = rows.some((row) => row.at(-1) !== '') ? header.length : header.length - 1;
  printTable(
    out,
    header.slice(0, columns),
    rows.map((row) => row.slice(0, columns)),
  );
  printHints(out, stores);
}

export function printHints(out: Output, stores: readonly Reached[]): void {
  for (const { config, hint } of stores) {
    if (hint !== undefined) out.write(`${out.colors.yellow('warning:')} store "${config.id}": ${hint}\n`);
  }
}

function rowsFor({ config, nodes, error: whole }: Reached, { colors }: Output): string[][] {
  const rows = nodes.map(({ node, role, status, latencyUs, error }) => {
    const reachable = status === 'reachable';
    const shown = reachable ? colors.green(status) : colors.red(status);
    return [config.id, node, role, shown, reachable ? formatLatency(latencyUs) : '-', error ?? ''];
  });
  // Addresses that answer, and yet no store.
  const answered = nodes.some(({ status }) => status === 'reachable');
  if (whole !== undefined && answered) rows.push([config.id, '-', '-', colors.red('not usable'), '-', whole]);
  return rows;
}

export function formatLatency(microseconds: number): string {
  return `${(microseconds / 1_000).toFixed(2)} ms`;
}

/** The same for `--json`: `latencyMs` is null for a node that did not answer. */
export function reachedJson(reached: Reached): object {
  const nodes = reached.nodes.map(({ node, role, status, latencyUs, error }) => ({
    node,
    role,
    status,
    latencyMs: latencyUs < 0 ? null : latencyUs / 1_000,
    ...(error === undefined ? {} : { error }),
  }));
  const error = reached.error === undefined ? {} : { error: reached.error };
  const hint = reached.hint === undefined ? {} : { hint: reached.hint };
  return { store: reached.config.id, reachable: isReachable(reached), ...error, ...hint, nodes };
}
