import type { Script } from './fake-redis.js';

export interface Watched {
  readonly host?: string;
  readonly port: number;
}

/** What a scripted Sentinel knows. */
export interface SentinelFacts {
  /** Undefined: it does not know the name. */
  primary?: Watched | undefined;
  epoch?: number;
  replicas?: readonly (Watched & { readonly flags?: string; readonly link?: string })[];
  others?: readonly Watched[];
}

const bulk = (text: string | number) => `$${String(text).length}\r\n${text}\r\n`;
const array = (items: readonly string[]) => `*${items.length}\r\n${items.join('')}`;

function map(fields: Readonly<Record<string, string | number>>): string {
  const entries = Object.entries(fields);
  return `%${entries.length}\r\n${entries.map(([name, value]) => bulk(name) + bulk(value)).join('')}`;
}

/** Answers as the Sentinel of a primary called "mymaster"; `facts` may change meanwhile. */
export function sentinelScript(facts: SentinelFacts): Script {
  return ([command, what, name]) => {
    if (command === 'PING') return '+PONG\r\n';
    if (command === 'SUBSCRIBE') return `>3\r\n${bulk('subscribe')}${bulk(what!)}:1\r\n`;
    if (command === 'ROLE') return array([bulk('sentinel'), array([bulk('mymaster')])]);
    if (command !== 'SENTINEL') return undefined;
    if (facts.primary === undefined || name !== 'mymaster') {
      return what === 'GET-MASTER-ADDR-BY-NAME' ? '_\r\n' : '-ERR No such master with that name\r\n';
    }
    return SENTINEL[what!]?.(facts);
  };
}

const LOOPBACK = '127.0.0.1';

const SENTINEL: Readonly<Record<string, (facts: SentinelFacts) => string>> = {
  'GET-MASTER-ADDR-BY-NAME': ({ primary }) => array([bulk(primary!.host ?? LOOPBACK), bulk(primary!.port)]),
  MASTER: ({ epoch = 0 }) => map({ name: 'mymaster', 'config-epoch': epoch }),
  REPLICAS: ({ replicas = [] }) =>
    array(
      replicas.map(({ host = LOOPBACK, port, flags = 'slave', link = 'ok' }) =>
        map({ ip: host, port, flags, 'master-link-status': link }),
      ),
    ),
  SENTINELS: ({ others = [] }) => array(others.map(({ host = LOOPBACK, port }) => map({ ip: host, port }))),
};

/** A message as it goes to a subscriber. */
export function message(channel: string, text: string): string {
  return `>3\r\n${bulk('message')}${bulk(channel)}${bulk(text)}`;
}

/** Answers to ROLE. */
export const ROLES = {
  primary: array([bulk('master'), ':0\r\n', array([])]),
  replica: array([bulk('slave'), bulk(LOOPBACK), ':1\r\n', bulk('connected'), ':0\r\n']),
  strayReplica: array([bulk('slave'), bulk(LOOPBACK), ':1\r\n', bulk('connect'), ':-1\r\n']),
} as const;
