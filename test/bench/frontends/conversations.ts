/** What mail servers say in the measurements, protocol by protocol, and how an answer is told from a wrong one. */
export interface Asking {
  /** The i-th request, whole. */
  request(i: number): string;
  /** Whether the answer has come to its end; one is under way at a time. */
  ends(received: Buffer, length: number): boolean;
  /** What every answer begins with. */
  readonly begins: string;
  /** What stands where every request must differ from all others: eight characters, which the load writes anew. */
  readonly placeholder?: string;
  /** Each request on a connection of its own. */
  readonly short?: boolean;
}

/** Of one length, so that answers are. */
const keyOf = (i: number) => `bench:${10_000 + (i % 90_000)}`;

function endsIn(byte: string): Asking['ends'] {
  const code = byte.charCodeAt(0);
  return (received, length) => received[length - 1] === code;
}

const endsInEmptyLine: Asking['ends'] = (received, length) =>
  received[length - 1] === 0x0a && received[length - 2] === 0x0a;

/** Whose mail it is. A mail that was decided about is remembered, and the store is not asked again. */
const MAIL = 'aaaaaaaa';

function policy(i: number, state: string): string {
  const attributes = {
    request: 'smtpd_access_policy',
    protocol_state: state,
    protocol_name: 'ESMTP',
    client_address: `192.0.${(i >> 8) & 255}.${i & 255}`,
    client_name: `host${i % 1000}.example.net`,
    reverse_client_name: `host${i % 1000}.example.net`,
    helo_name: `host${i % 1000}.example.net`,
    sender: `user${i % 5000}@example.net`,
    recipient: `someone${i % 500}@example.org`,
    recipient_count: '1',
    queue_id: '',
    instance: `${MAIL}.5f8a1b2c.0`,
    size: '12345',
    sasl_username: state === 'DATA' ? `user${i % 5000}` : '',
  };
  return `${Object.entries(attributes)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')}\n`;
}

export const conversations = {
  socketmap: {
    request: (i) => `${'bench '.length + keyOf(i).length}:bench ${keyOf(i)},`,
    ends: endsIn(','),
    begins: '103:OK xxx',
  },
  http: {
    request: (i) => `GET /lookup/bench/${keyOf(i)} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n\r\n`,
    ends: endsIn('}'),
    begins: 'HTTP/1.1 200 OK',
  },
  greylist: { request: (i) => policy(i, 'RCPT'), ends: endsInEmptyLine, begins: 'action=D' },
  rate: { request: (i) => policy(i, 'DATA'), ends: endsInEmptyLine, begins: 'action=DUNNO', placeholder: MAIL },
  dict: {
    request: (i) => `H3\t2\t0\t\tbench\nLshared/${keyOf(i)}\t\n`,
    ends: endsIn('\n'),
    begins: 'Oxxx',
    short: true,
  },
} as const satisfies Record<string, Asking>;

export type Conversation = keyof typeof conversations;
