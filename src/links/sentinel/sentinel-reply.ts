/** What a Sentinel answers about a primary, its replicas and the other Sentinels: RESP3's maps or RESP2's flat lists. */
import { listOf, type Reply, textOf } from '../../resp/reply.js';

export interface ServerAddress {
  /** An IP address, or a host name where the Sentinels announce those. */
  readonly host: string;
  readonly port: number;
}

/** SENTINEL GET-MASTER-ADDR-BY-NAME; undefined: it does not know the name. */
export function parsePrimary(reply: Reply): ServerAddress | undefined {
  const [host, port] = listOf(reply).map(textOf);
  return addressOf(host, port);
}

/** The configuration's epoch in SENTINEL MASTER: it rises with each failover. */
export function parseEpoch(reply: Reply): number {
  const epoch = Number(fieldsOf(reply).get('config-epoch') ?? 0);
  return Number.isSafeInteger(epoch) ? epoch : 0;
}

/** SENTINEL SENTINELS: the others. */
export function parseSentinels(reply: Reply): ServerAddress[] {
  return listOf(reply).flatMap((entry) => addressIn(fieldsOf(entry)));
}

const AWAY = /\b([so]_down|disconnected)\b/;

/** SENTINEL REPLICAS: those that the Sentinel reaches, and that reach their primary. */
export function parseReplicas(reply: Reply): ServerAddress[] {
  return listOf(reply)
    .map(fieldsOf)
    .filter((fields) => !AWAY.test(fields.get('flags') ?? '') && (fields.get('master-link-status') ?? 'ok') === 'ok')
    .flatMap(addressIn);
}

function addressIn(fields: ReadonlyMap<string, string>): ServerAddress[] {
  const address = addressOf(fields.get('ip'), fields.get('port'));
  return address === undefined ? [] : [address];
}

function addressOf(host = '', port = ''): ServerAddress | undefined {
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0;
  return host === '' || number < 1 || number > 65535 ? undefined : { host, port: number };
}

function fieldsOf(reply: Reply): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  if (reply instanceof Map)
    for (const [name, value] of reply as Map<Reply, Reply>) fields.set(textOf(name), textOf(value));
  const list = listOf(reply);
  for (let i = 0; i + 1 < list.length; i += 2) fields.set(textOf(list[i]!), textOf(list[i + 1]!));
  return fields;
}
