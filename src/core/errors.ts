/**
 * The one error a store operation fails with. Messages name the store, the node and the operation and
 * hold no secret: they may be logged and shown to a mail client.
 */
export type StoreErrorCode =
  /** No answer within the deadline. */
  | 'TIMEOUT'
  /** No connection to a node that could answer. */
  | 'UNREACHABLE'
  /** The node's breaker is open after repeated failures; nothing was sent. */
  | 'BREAKER_OPEN'
  /** Too many calls are waiting already; nothing was sent. */
  | 'OVERLOADED'
  /** The server does not serve this now (LOADING, CLUSTERDOWN, MASTERDOWN, READONLY, TRYAGAIN, OOM …). */
  | 'UNAVAILABLE'
  /** The server refused the credentials or the command (NOAUTH, WRONGPASS, NOPERM). */
  | 'DENIED'
  /** The key holds another type than the operation asks for. */
  | 'WRONG_TYPE'
  /** A counter's value is not a 64-bit integer, or would overflow. */
  | 'NOT_INTEGER'
  /** Any other error reply, or a reply of a shape that the command does not have (temporary then). */
  | 'REPLY'
  /** The caller's signal ended the call. */
  | 'ABORTED'
  /** The store was closed. */
  | 'CLOSED'
  /** Arguments that no store could serve. */
  | 'INVALID';

export interface StoreErrorDetails {
  readonly code: StoreErrorCode;
  /** The store's id in the configuration. */
  readonly store: string;
  /** host:port, socket path or "embedded"; absent when no node was chosen. */
  readonly node?: string | undefined;
  readonly operation: string;
  /** How often it was tried, 0 when nothing was sent at all. */
  readonly attempts: number;
  /** Whether the same call may succeed later. */
  readonly temporary: boolean;
  /** Whether the operation may have been executed although it failed: never set for reads. */
  readonly indeterminate: boolean;
  readonly cause?: unknown;
}

export class StoreError extends Error implements StoreErrorDetails {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;
  readonly store: string;
  readonly node: string | undefined;
  readonly operation: string;
  readonly attempts: number;
  readonly temporary: boolean;
  readonly indeterminate: boolean;

  constructor(what: string, details: StoreErrorDetails) {
    super(describe(what, details), details.cause === undefined ? undefined : { cause: details.cause });
    this.code = details.code;
    this.store = details.store;
    this.node = details.node;
    this.operation = details.operation;
    this.attempts = details.attempts;
    this.temporary = details.temporary;
    this.indeterminate = details.indeterminate;
  }
}

function describe(what: string, d: StoreErrorDetails): string {
  const where = d.node === undefined ? `store "${d.store}"` : `store "${d.store}" at ${d.node}`;
  const tries = d.attempts > 1 ? ` after ${d.attempts} attempts` : '';
  const fate = d.indeterminate ? '; it may have been executed' : '';
  return `${where}: ${d.operation}: ${what}${tries}${fate}`;
}

/** What a failure says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
