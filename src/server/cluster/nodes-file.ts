import { SLOT_COUNT } from '../../resp/key-slot.js';
import { splitWords } from '../../resp/request-decoder.js';
import { ClusterNode, isNodeName, NodeFlag } from './node.js';
import { FLAG_NAMES, nodeLines } from './node-line.js';
import { NodeTable } from './node-table.js';

/** The nodes file is not one: a node that does not know what it was must not start. */
export class NodesFileError extends Error {
  override readonly name = 'NodesFileError';

  constructor(reason: string) {
    super(`Unrecoverable error: corrupted cluster config file: ${reason}`);
  }
}

/** The nodes file (`cluster-config-file`), as redis-server writes it: lines of CLUSTER NODES, and the epochs. */
export function formatNodesFile(table: NodeTable): string {
  const epochs = `vars currentEpoch ${table.currentEpoch} lastVoteEpoch ${table.lastVoteEpoch}\n`;
  return nodeLines(table, NodeFlag.handshake) + epochs;
}

/** Undefined for an empty file. Throws NodesFileError. */
export function parseNodesFile(text: string, now: number): NodeTable | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length === 0) return undefined;
  const rows = lines.map((line) => splitWords(line) ?? fail(`unbalanced quotes in "${line}"`));
  const reader = new NodesFileReader(rows, now);
  return reader.read();
}

class NodesFileReader {
  private readonly nodes = new Map<string, ClusterNode>();

  constructor(
    private readonly rows: readonly (readonly string[])[],
    private readonly now: number,
  ) {}

  read(): NodeTable {
    const described = this.rows.filter(([first]) => first?.toLowerCase() !== 'vars');
    for (const row of described) this.readNode(row);
    const myself = [...this.nodes.values()].filter((node) => node.isMyself);
    if (myself.length !== 1) fail('exactly one node must be "myself"');
    const table = new NodeTable(myself[0]!);
    for (const node of this.nodes.values()) table.add(node);
    for (const row of described) this.readSlots(table, row);
    for (const row of this.rows) if (row[0]?.toLowerCase() === 'vars') readEpochs(table, row);
    table.currentEpoch = table.greatestEpoch;
    return table;
  }

  private readNode(row: readonly string[]): void {
    if (row.length < 8) fail(`too few fields: "${row.join(' ')}"`);
    const [name = '', address = '', flags = '', primary = '', pingSent, pongReceived, epoch] = row;
    const node = this.node(name);
    readAddress(node, address);
    for (const flag of flags.split(',')) node.set(flagOf(flag));
    if (node.hasFailed) node.failedAt = this.now;
    if (primary !== '-') {
      node.primary = this.node(primary);
      node.primary.addReplica(node);
    }
    node.pingSent = Number(pingSent) > 0 ? this.now : 0;
    node.pongReceived = Number(pongReceived) > 0 ? this.now : 0;
    // What a replica is told with is its primary's.
    node.configEpoch = node.isReplica && node.primary !== undefined ? 0 : natural(epoch);
  }

  private readSlots(table: NodeTable, row: readonly string[]): void {
    const node = this.node(row[0]!);
    for (const word of row.slice(8)) {
      const open = OPEN_SLOT.exec(word)?.groups;
      if (open !== undefined) {
        const { slot, direction, other } = open;
        const way = direction === '>' ? table.migrating : table.importing;
        way.set(slotNumber(slot), this.obtain(table, other!));
        continue;
      }
      const [first, last = first] = word.split('-');
      for (let slot = slotNumber(first); slot <= slotNumber(last); slot++) table.assign(slot, node);
    }
  }

  private obtain(table: NodeTable, name: string): ClusterNode {
    const node = this.node(name);
    table.add(node);
    return node;
  }

  /** By its name, made where it was only named so far. */
  private node(name: string): ClusterNode {
    if (!isNodeName(name)) fail(`"${name}" is no node's name`);
    const node = this.nodes.get(name) ?? new ClusterNode(name, 0, this.now);
    this.nodes.set(name, node);
    return node;
  }
}

/** `ip:port@busport,hostname`; files of old have no bus port. */
function readAddress(node: ClusterNode, text: string): void {
  const parts = /^(?<ip>[^,]*):(?<port>\d+)(?:@(?<busPort>\d+))?(?:,(?<hostname>.*))?$/.exec(text)?.groups;
  if (parts === undefined) fail(`"${text}" is no address`);
  node.ip = parts.ip!;
  node.port = Number(parts.port);
  node.busPort = parts.busPort === undefined ? node.port + 10_000 : Number(parts.busPort);
  if (node.port > LAST_PORT || node.busPort > LAST_PORT) fail(`"${text}" has a port above ${LAST_PORT}`);
  node.hostname = parts.hostname ?? '';
}

const LAST_PORT = 65_535;

function flagOf(name: string): number {
  if (name === 'noflags') return 0;
  const known = FLAG_NAMES.find(([each]) => each === name);
  return known === undefined ? fail(`unknown flag "${name}"`) : known[1];
}

function readEpochs(table: NodeTable, words: readonly string[]): void {
  if (words.length % 2 === 0) fail('a variable without a value');
  for (let i = 1; i < words.length; i += 2) {
    const name = words[i]!.toLowerCase();
    if (name === 'currentepoch') table.currentEpoch = natural(words[i + 1]);
    else if (name === 'lastvoteepoch') table.lastVoteEpoch = natural(words[i + 1]);
  }
}

function slotNumber(text: string | undefined): number {
  const slot = natural(text);
  return slot < SLOT_COUNT ? slot : fail(`"${text}" is no slot`);
}

function natural(text: string | undefined): number {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : fail(`"${text}" is no number`);
}

function fail(reason: string): never {
  throw new NodesFileError(reason);
}

const OPEN_SLOT = /^\[(?<slot>\d+)-(?<direction>[<>])-(?<other>[a-z0-9]{40})\]$/;
