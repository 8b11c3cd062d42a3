/**
 * What CLUSTER SHARDS (Redis 7) and CLUSTER SLOTS answer, as one shape. Addresses that a node does not know
 * or does not tell are the one it was asked by; with TLS the TLS port counts.
 */
import { listOf, type Reply, textOf } from '../../resp/reply.js';

export interface NodeAddress {
  readonly host: string;
  readonly port: number;
}

export interface ShardInfo {
  /** Both ends included; none of a primary that has no slots yet, or no more. */
  readonly ranges: readonly (readonly [first: number, last: number])[];
  readonly primary: NodeAddress;
  /** Those that serve now. */
  readonly replicas: readonly NodeAddress[];
  /** Those that are loading or failed: they may still tell the topology. */
  readonly others: readonly NodeAddress[];
}

export interface AskedNode {
  readonly host: string;
  readonly tls: boolean;
}

/** Undefined for a reply of another shape. */
export function parseShards(reply: Reply, asked: AskedNode): ShardInfo[] | undefined {
  if (!Array.isArray(reply)) return undefined;
  return (reply as readonly Reply[]).flatMap((entry) => {
    const fields = fieldsOf(entry);
    const ranges = pairsOf(fields.get('slots'));
    const nodes = listOf(fields.get('nodes')).map((node) => shardNode(fieldsOf(node), asked));
    const primaries = nodes.filter((node) => node.role === 'master');
    // During a failover a shard can name two: the failed one comes second.
    const primary = primaries.find((node) => node.health === 'online') ?? primaries[0];
    if (primary === undefined || (ranges.length === 0 && primary.health !== 'online')) return [];
    const serves = (node: ShardNode) => node.role !== 'master' && node.health === 'online';
    const replicas = nodes.filter(serves).map((node) => node.address);
    const others = nodes.filter((node) => node !== primary && !serves(node)).map((node) => node.address);
    return [{ ranges, primary: primary.address, replicas, others }];
  });
}

interface ShardNode {
  readonly role: string;
  readonly health: string;
  readonly address: NodeAddress;
}

function shardNode(fields: ReadonlyMap<string, Reply>, asked: AskedNode): ShardNode {
  const text = (name: string) => textOf(fields.get(name));
  const port = Number((asked.tls ? fields.get('tls-port') : undefined) ?? fields.get('port') ?? fields.get('tls-port'));
  const host = knownHost(text('endpoint')) ?? (text('endpoint') === '?' ? knownHost(text('ip')) : undefined);
  return { role: text('role'), health: text('health'), address: { host: host ?? asked.host, port } };
}

/** Undefined for a reply of another shape. */
export function parseSlots(reply: Reply, asked: AskedNode): ShardInfo[] | undefined {
  if (!Array.isArray(reply)) return undefined;
  const shards = new Map<string, { ranges: [number, number][]; primary: NodeAddress; replicas: NodeAddress[] }>();
  for (const entry of reply as readonly Reply[]) {
    const [first, last, ...nodes] = listOf(entry);
    const [primary, ...replicas] = nodes.map((node) => slotsNode(listOf(node), asked));
    if (primary === undefined || typeof first !== 'number' || typeof last !== 'number') return undefined;
    const key = `${primary.host} ${primary.port}`;
    const shard = shards.get(key) ?? { ranges: [], primary, replicas };
    shard.ranges.push([first, last]);
    shards.set(key, shard);
  }
  return [...shards.values()].map((shard) => ({ ...shard, others: [] }));
}

/** `[preferred endpoint, port, id, metadata]`; the metadata names the other kinds of endpoint. */
function slotsNode([endpoint, port, , metadata]: readonly Reply[], asked: AskedNode): NodeAddress {
  const preferred = textOf(endpoint);
  const ip = preferred === '?' ? knownHost(textOf(fieldsOf(metadata).get('ip'))) : undefined;
  return { host: knownHost(preferred) ?? ip ?? asked.host, port: Number(port) };
}

function knownHost(host: string): string | undefined {
  return host === '' || host === '?' ? undefined : host;
}

/** A RESP3 map, or RESP2's flat list of names and values. */
function fieldsOf(reply: Reply | undefined): ReadonlyMap<string, Reply> {
  const fields = new Map<string, Reply>();
  if (reply instanceof Map) for (const [name, value] of reply as Map<Reply, Reply>) fields.set(textOf(name), value);
  const list = listOf(reply);
  for (let i = 0; i + 1 < list.length; i += 2) fields.set(textOf(list[i]), list[i + 1]!);
  return fields;
}

function pairsOf(reply: Reply | undefined): [number, number][] {
  const numbers = listOf(reply).map(Number);
  const pairs: [number, number][] = [];
  for (let i = 0; i + 1 < numbers.length; i += 2) pairs.push([numbers[i]!, numbers[i + 1]!]);
  return pairs;
}
