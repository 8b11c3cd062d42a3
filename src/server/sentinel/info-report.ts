import { leadingNumber } from './hello.js';
import type { Role } from './instance.js';

/** What a server tells of itself by INFO, as far as it matters here. */
export interface InfoReport {
  readonly runId: string | undefined;
  readonly role: Role | undefined;
  readonly replicas: readonly { readonly host: string; readonly port: number }[];
  /** Milliseconds. */
  readonly primaryLinkDownFor: number;
  /** Of a replica; undefined is what it has not told. */
  readonly primaryHost: string | undefined;
  readonly primaryPort: number | undefined;
  readonly primaryLinkIsUp: boolean | undefined;
  readonly priority: number | undefined;
  readonly offset: number | undefined;
  readonly isAnnounced: boolean | undefined;
}

export function parseInfo(text: string): InfoReport {
  const lines = text.split('\r\n');
  const fields = new Map(lines.map((line) => splitLine(line)));
  const number = (name: string) => (fields.has(name) ? leadingNumber(fields.get(name)) : undefined);
  const runId = fields.get('run_id') ?? '';
  const link = fields.get('master_link_status');
  const announced = number('replica_announced');
  return {
    runId: runId.length >= RUN_ID_LENGTH ? runId.slice(0, RUN_ID_LENGTH) : undefined,
    role: roleOf(fields.get('role')),
    replicas: lines.flatMap((line) => replicaOf(line) ?? []),
    primaryLinkDownFor: (number('master_link_down_since_seconds') ?? 0) * 1000,
    primaryHost: fields.get('master_host'),
    primaryPort: number('master_port'),
    primaryLinkIsUp: link === undefined ? undefined : link.toLowerCase() === 'up',
    priority: number('slave_priority'),
    offset: number('slave_repl_offset'),
    isAnnounced: announced === undefined ? undefined : announced !== 0,
  };
}

function splitLine(line: string): [string, string] {
  const colon = line.indexOf(':');
  return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1)];
}

function roleOf(text: string | undefined): Role | undefined {
  return text === 'master' || text === 'slave' ? text : undefined;
}

/** `slave0:ip=…,port=…,…`, or `slave0:ip,port,state` as before Redis 2.8. */
function replicaOf(line: string): { host: string; port: number } | undefined {
  const value = /^slave\d[^:]*:(.*)$/.exec(line)?.[1];
  if (value === undefined) return undefined;
  const words = value.split(',');
  const named = (name: string) => words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
  const [host, port] = value.includes('ip=') ? [named('ip'), named('port')] : words;
  return host === undefined || port === undefined ? undefined : { host, port: leadingNumber(port) };
}

const RUN_ID_LENGTH = 40;
