/**
 * Replies as values, the same for RESP2 and RESP3: what links answer, what the bundled server's
 * in-process calls return and what scripts see. The wire form is encoder.ts and decoder.ts.
 *
 * bulk string: Buffer; simple string: string; integer: number, or bigint beyond ±(2^53-1);
 * null: null; array: array; RESP3 only: Map, Set, boolean, Double, VerbatimText, BigNumber (read as bigint).
 */
export type Reply =
  | null
  | string
  | number
  | bigint
  | boolean
  | Buffer
  | Double
  | BigNumber
  | VerbatimText
  | ReplyError
  | readonly Reply[]
  | ReadonlyMap<Reply, Reply>
  | ReadonlySet<Reply>;

/** An error reply: `code` is its first word ("ERR", "WRONGTYPE"), `message` the whole line. */
export class ReplyError extends Error {
  override readonly name = 'ReplyError';
  readonly code: string;

  constructor(message: string) {
    super(message);
    const space = message.indexOf(' ');
    this.code = space === -1 ? message : message.slice(0, space);
  }
}

/** A RESP3 double, told apart from an integer. */
export class Double {
  constructor(readonly value: number) {}
}

/** A RESP3 big number as a server or a script writes it, told apart from an integer. */
export class BigNumber {
  constructor(readonly digits: string) {}
}

/** A RESP3 verbatim string with its three-letter format ("txt", "mkd"). */
export class VerbatimText {
  constructor(
    readonly format: string,
    readonly text: string,
  ) {}
}

/** The text of a reply that is one, as INFO's in RESP2 and RESP3; '' for any other. */
export function textOf(reply: Reply | undefined): string {
  if (reply instanceof VerbatimText) return reply.text;
  return typeof reply === 'string' || typeof reply === 'number' || Buffer.isBuffer(reply) ? String(reply) : '';
}

/** An array's elements; none of anything else. */
export function listOf(reply: Reply | undefined): readonly Reply[] {
  return Array.isArray(reply) ? (reply as readonly Reply[]) : [];
}

/** What goes to a server as one argument; text is UTF-8. */
export type Argument = string | Uint8Array | number | bigint;
