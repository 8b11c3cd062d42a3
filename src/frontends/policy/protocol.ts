import type { Decision } from '../../lookups/policies/policy.js';
import { type FrameDecoder, FramingError } from '../../net/framing.js';

/**
 * Postfix's policy delegation (SMTPD_POLICY_README): a request is lines of `name=value` and an empty line, answered
 * by `action=…` and an empty line. A request of another kind than smtpd_access_policy, a line without "=" and a
 * request without lines end the connection: nobody knows what the other side takes for an answer.
 */
export interface Attributes {
  /** Undefined for one that was not sent. */
  get(name: string): string | undefined;
}

/** Bytes of one request; those of Postfix have some 2 KiB at most. */
export const REQUEST_LIMIT = 65_536;

/**
 * Each byte is looked at once, whatever the chunking, to find where a request ends; its text is searched when an
 * attribute is asked for, since most never are.
 */
export class AttributesDecoder implements FrameDecoder<Attributes> {
  readonly #limit: number;
  /** What has come: the request that is being read begins at `#start`; it was looked at up to `#at`. */
  #bytes: Buffer = EMPTY;
  #length = 0;
  #start = 0;
  #at = 0;
  /** Where its last line begins, and whether an equals sign was seen there. */
  #line = 0;
  #named = false;
  /** All bytes of the request or'ed: beyond ASCII when the highest bit is set. */
  #seen = 0;
  /** `#bytes` is the decoder's own, with room behind `#length`, and not a chunk. */
  #isOwn = false;
  #failure: FramingError | undefined;

  constructor(limit = REQUEST_LIMIT) {
    this.#limit = limit;
  }

  push(chunk: Buffer): void {
    if (this.#failure !== undefined) return;
    if (this.#start === this.#length) {
      this.#bytes = chunk;
      this.#isOwn = false;
      this.#start = this.#at = this.#line = 0;
      this.#length = chunk.length;
      return;
    }
    this.#makeRoom(chunk.length);
    this.#length += chunk.copy(this.#bytes, this.#length);
  }

  next(): Attributes | null {
    if (this.#failure !== undefined) throw this.#failure;
    const bytes = this.#bytes;
    const length = this.#length;
    let at = this.#at;
    let named = this.#named;
    let seen = this.#seen;
    for (; at < length; at++) {
      const byte = bytes[at]!;
      seen |= byte;
      if (byte === EQUALS) named = true;
      else if (byte === LF) {
        if (at === this.#line) return this.#request(at, seen);
        if (!named) this.#fail('a line is not name=value');
        this.#check(at + 1);
        this.#line = at + 1;
        named = false;
      }
    }
    this.#check(at);
    this.#at = at;
    this.#named = named;
    this.#seen = seen;
    return null;
  }

  #request(end: number, seen: number): Attributes {
    const text = this.#bytes.toString(seen < 0x80 ? 'latin1' : 'utf8', this.#start, end);
    this.#start = this.#at = this.#line = end + 1;
    this.#named = false;
    this.#seen = 0;
    // A connection that waits for its next request keeps none of the last.
    if (this.#start === this.#length) this.#bytes = EMPTY;
    const attributes = new RequestText(text);
    const kind = attributes.get('request');
    if (kind === undefined) this.#fail('a request does not say "request="');
    if (kind !== KIND) this.#fail(`a request is of another kind than ${KIND}`);
    return attributes;
  }

  #check(end: number): void {
    if (end - this.#start > this.#limit) this.#fail(`a request is longer than ${this.#limit} bytes`);
  }

  #fail(message: string): never {
    this.#bytes = EMPTY;
    this.#failure = new FramingError(message);
    throw this.#failure;
  }

  /** Moves what is not read yet to the start of a buffer with room for so much more. */
  #makeRoom(more: number): void {
    const kept = this.#length - this.#start;
    const fits = this.#isOwn && this.#length + more <= this.#bytes.length;
    if (fits) return;
    const room = Buffer.allocUnsafe(2 * (kept + more));
    this.#bytes.copy(room, 0, this.#start, this.#length);
    this.#bytes = room;
    this.#isOwn = true;
    this.#at -= this.#start;
    this.#line -= this.#start;
    this.#length = kept;
    this.#start = 0;
  }
}

/** The lines of a request, each ended by LF. */
class RequestText implements Attributes {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** A client that says a thing twice means the first: what comes later may have been put there by somebody else. */
  get(name: string): string | undefined {
    const text = this.#text;
    const { first, later } = beginningsOf(name);
    const at = text.startsWith(first) ? -1 : text.indexOf(later);
    if (at === -1 && !text.startsWith(first)) return undefined;
    const start = at + later.length;
    return text.slice(start, text.indexOf('\n', start));
  }
}

/** What a line with an attribute begins with: the first of a request, and a later one with the end of the line before it. */
interface Beginnings {
  readonly first: string;
  readonly later: string;
}

/** Of the attributes that are asked for: those that policies are made of. */
const beginnings = new Map<string, Beginnings>();

function beginningsOf(name: string): Beginnings {
  let known = beginnings.get(name);
  if (known === undefined) beginnings.set(name, (known = { first: `${name}=`, later: `\n${name}=` }));
  return known;
}

const EMPTY = Buffer.alloc(0);
const EQUALS = 0x3d;
const LF = 0x0a;
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
