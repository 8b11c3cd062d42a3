import type { Area } from './area.js';
import type { ByteString } from './args.js';
import type { Reply } from './reply.js';

/**
 * Where a command's handler describes its reply. One design for both ends: `ReplyWriter` writes RESP2 or
 * RESP3 into an output buffer, `ReplyBuilder` makes a `Reply` value (in-process calls, scripts). A handler
 * says what it means (a map, a double); what RESP2 lacks is flattened by the sink alone.
 */
export interface ReplySink {
  readonly protocol: 2 | 3;
  /** More has been written than anybody will read: long replies may end early. */
  readonly full: boolean;
  ok(): void;
  /** A simple string: no CR or LF in it. */
  simple(text: string): void;
  /** A whole error line, code first: "ERR no such key". */
  error(message: ByteString): void;
  integer(value: number | bigint): void;
  bulk(text: ByteString): void;
  bulkBytes(bytes: Uint8Array, start?: number, end?: number): void;
  bulkPart(area: Area, start: number, length: number): void;
  nil(): void;
  /** RESP2's null array (`*-1`); RESP3 has one null. */
  nilArray(): void;
  /** `text` where the double is not told as `formatDouble` writes it. */
  double(value: number, text?: string): void;
  bool(value: boolean): void;
  bigNumber(digits: string): void;
  verbatim(format: string, text: ByteString): void;
  array(length: number): void;
  /** `pairs` keys and values follow in turn; RESP2: a flat array. */
  map(pairs: number): void;
  set(length: number): void;
  /** So many keys and values follow that say something about the reply behind them. RESP3 only: not to be called in RESP2. */
  attribute(pairs: number): void;
  /** Out-of-band data; RESP2: an array. */
  push(length: number): void;
  /** An aggregate whose length is known only at its end: the mark goes to `close` with the length. */
  open(kind: 'array' | 'map' | 'set'): Mark;
  close(mark: Mark, length: number): void;
  /** A whole value, for replies that come from scripts or functions. */
  value(reply: Reply): void;
  /** What a writer of the same protocol has written of a reply; only where replies are bytes. */
  written?(area: Area, start: number, length: number): void;
  /** The place now; `rewind` drops everything written since. */
  mark(): Mark;
  rewind(mark: Mark): void;
}

/** Opaque: a place in the reply. */
export type Mark = number;
