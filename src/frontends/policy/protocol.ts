import type { Decision } from '../../lookups/policies/policy.js';
import { type FrameDecoder, FramingError } from '../../net/framing.js';
import { LineDecoder } from '../../net/lines.js';

/**
 * Postfix's policy delegation (SMTPD_POLICY_README): a request is lines of `name=value` and an empty line, answered
 * by `action=…` and an empty line. A request of another kind than smtpd_access_policy, a line without "=" and a
 * request without lines end the connection: nobody knows what the other side takes for an answer.
 */
export type Attributes = ReadonlyMap<string, string>;

/** Bytes of one request; those of Postfix have some 2 KiB at most. */
export const REQUEST_LIMIT = 65_536;

export class AttributesDecoder implements FrameDecoder<Attributes> {
  readonly #limit: number;
  readonly #lines: LineDecoder;
  #attributes = new Map<string, string>();
  #size = 0;

  constructor(limit = REQUEST_LIMIT) {
    this.#limit = limit;
    this.#lines = new LineDecoder(limit);
  }

  push(chunk: Buffer): void {
    this.#lines.push(chunk);
  }

  next(): Attributes | null {
    for (;;) {
      const line = this.#lines.next();
      if (line === null) return null;
      if (line.length === 0) return this.#request();
      this.#add(line);
    }
  }

  #add(line: Buffer): void {
    this.#size += line.length + 1;
    if (this.#size > this.#limit) throw new FramingError(`a request is longer than ${this.#limit} bytes`);
    const equals = line.indexOf(EQUALS);
    if (equals === -1) throw new FramingError('a line is not name=value');
    const name = line.toString('latin1', 0, equals);
    // A client that says a thing twice means the first: what comes later may have been put there by somebody else.
    if (!this.#attributes.has(name)) this.#attributes.set(name, line.toString('utf8', equals + 1));
  }

  #request(): Attributes {
    const attributes = this.#attributes;
    const kind = attributes.get('request');
    if (kind === undefined) throw new FramingError('a request does not say "request="');
    if (kind !== KIND) throw new FramingError(`a request is of another kind than ${KIND}`);
    this.#attributes = new Map();
    this.#size = 0;
    return attributes;
  }
}

const EQUALS = 0x3d;
const KIND = 'smtpd_access_policy';

/**
 * DUNNO lets the mail server's own restrictions go on, which OK would end. Greylisting's deferral gives way to a
 * later refusal for good.
 */
export function encodeDecision({ verdict, text = '' }: Decision): Buffer {
  switch (verdict) {
    case 'pass':
    case 'permit':
      return DUNNO;
    case 'defer':
      return action(`DEFER_IF_PERMIT ${text}`);
    case 'reject':
      return action(`REJECT ${text}`);
  }
}

const DUNNO = action('DUNNO');

function action(text: string): Buffer {
  return Buffer.from(`action=${text}\n\n`);
}
