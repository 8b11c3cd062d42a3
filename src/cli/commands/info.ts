import type { NodeStatus, Topology } from '../../links/link.js';
import { argument, defineCommand } from '../command.js';
import { configOption, loadCommandConfig } from '../config-file.js';
import { ExitCode } from '../exit-codes.js';
import { printLongJson } from '../json.js';
import { formatLatency, isReachable, printHints, printReached, type Reached, reachAll, reachedJson } from '../reach.js';
import { jsonOption, named } from '../store-access.js';
import { printTable } from '../table.js';
import type { Output } from '../terminal.js';

/** `lookupd info`: what a store is made of. */
export const info = defineCommand({
  name: 'info',
  summary: 'print what a store is made of',
  description:
    'Connects to a store, or to all, and prints its kind, how it is reached, and its nodes with role, state, slots and ' +
    'latency. Queries and errors here are those of this command: what the running daemon does tells `lookupd stats`. Ends ' +
    'with 75 when a node did not answer.',
  arguments: { store: argument.optional('the <id> of [store.<id>]; all when left out') },
  options: { config: configOption, json: jsonOption },
  examples: [
    { line: 'lookupd info cluster', does: 'primaries, replicas and who has how many slots' },
    { line: 'lookupd info --json', does: 'the same for programs' },
  ],
  async run({ args, options, terminal }) {
    const config = loadCommandConfig(options.config, terminal);
    const { out, err } = terminal;
    const stores =
      args.store === undefined ? config.stores.values() : [named(config.stores, args.store, 'store', config)];
    const reached = await reachAll(config, stores);
    if (options.json) printLongJson(out, reached.map(infoJson));
    else if (reached.length === 0) err.write(`${config.file} has no store\n`);
    else for (const [i, store] of reached.entries()) printInfo(out, store, i === 0);
    return reached.every(isReachable) ? ExitCode.ok : ExitCode.temporary;
  },
});

function printInfo(out: Output, reached: Reached, first: boolean): void {
  const { bold, red } = out.colors;
  const { config, topology } = reached;
  if (!first) out.write('\n');
  if (topology === undefined) {
    out.write(`${bold(config.id)}: ${red('not reachable')}\n`);
    printReached(out, [reached]);
    return;
  }
  out.write(`${bold(config.id)}: ${describe(topology)}\n`);
  printNodes(out, topology, reached);
  printHints(out, [reached]);
}

const TRANSPORTS: Readonly<Record<Topology['transport'], string>> = {
  tcp: 'over TCP',
  tls: 'over TLS',
  unix: 'over a unix socket',
  memory: 'in this process, in memory',
};

const KINDS: Readonly<Record<Topology['kind'], string>> = {
  single: 'one server',
  cluster: 'cluster',
  failover: 'failover list',
  sentinel: 'servers behind Sentinel',
  auto: 'not known yet what',
  embedded: 'embedded server',
  sharded: 'several stores as one',
};

function describe({ kind, transport, cluster, sentinel }: Topology): string {
  const slots =
    cluster === undefined ? '' : `, ${cluster.slotsMapped} of 16384 slots served (CLUSTER ${cluster.command})`;
  const told =
    sentinel === undefined
      ? ''
      : `, "${sentinel.name}" as told by ${sentinel.answeredBy} (${sentinel.known} Sentinels known)`;
  return `${KINDS[kind]} ${TRANSPORTS[transport]}${slots}${told}`;
}

/** Slots and redirects are of clusters only. */
function printNodes(out: Output, { cluster, nodes }: Topology, { nodes: pings }: Reached): void {
  const columns: readonly (readonly [string, (node: NodeStatus) => string])[] = [
    ['NODE', ({ name }) => name],
    ['ROLE', (node) => roleOf(node, pings)],
    ['STATUS', ({ status }) => (status === 'connected' ? out.colors.green(status) : out.colors.red(status))],
    ...(nodes.some(({ inUse }) => inUse !== undefined) ? [['IN USE', inUse] as const] : []),
    ...(cluster === undefined ? [] : [['SLOTS', ({ slots = 0 }: NodeStatus) => String(slots)] as const]),
    ['LATENCY', ({ name }) => latencyOf(name, pings)],
    ['QUERIES', ({ queries }) => String(queries)],
    ['ERRORS', ({ errors }) => String(errors)],
    ...(cluster === undefined ? [] : [['MOVED', ({ moved }: NodeStatus) => String(moved)] as const]),
  ];
  const rows = nodes.map((node) => columns.map(([, cell]) => cell(node)));
  printTable(
    out,
    columns.map(([name]) => name),
    rows,
  );
}

/** Of a failover list the servers say it themselves when they are asked. */
function roleOf({ name, role }: NodeStatus, pings: Reached['nodes']): string {
  return role === 'unknown' ? (pings.find(({ node }) => node === name)?.role ?? role) : role;
}

function inUse(node: NodeStatus): string {
  return node.inUse ? 'yes' : 'no';
}

function latencyOf(name: string, pings: Reached['nodes']): string {
  const ping = pings.find(({ node }) => node === name);
  return ping === undefined || ping.latencyUs < 0 ? '-' : formatLatency(ping.latencyUs);
}

function infoJson(reached: Reached): object {
  const { config, topology } = reached;
  if (topology === undefined) return { ...reachedJson(reached), type: config.type };
  const { kind, transport, cluster, sentinel, nodes } = topology;
  return {
    store: config.id,
    reachable: isReachable(reached),
    type: config.type,
    kind,
    transport,
    ...(cluster === undefined ? {} : { cluster }),
    ...(sentinel === undefined ? {} : { sentinel }),
    nodes: nodes.map((node) => ({
      ...node,
      role: roleOf(node, reached.nodes),
      latencyMs: latencyMs(node.name, reached.nodes),
    })),
  };
}

function latencyMs(name: string, pings: Reached['nodes']): number | null {
  const ping = pings.find(({ node }) => node === name);
  return ping === undefined || ping.latencyUs < 0 ? null : ping.latencyUs / 1_000;
}
