/**
 * What a failure below means: which StoreError it becomes and whether trying again is safe. The two tables
 * are the whole policy. Server messages may echo arguments, so only a cleaned excerpt of them is kept, and
 * no error of a library below is attached: those carry the command with its values.
 */
import { StoreError, type StoreErrorCode } from '../core/errors.js';
import { LinkError, type LinkErrorKind } from '../links/link.js';
import { ReplyError } from '../resp/reply.js';
import { UnexpectedReply } from './replies.js';

/**
 * read: changes nothing. idempotent: twice is the same as once. once: must not run twice.
 * A failure after which it may have run is tried again for the first two only.
 */
export type Safety = 'read' | 'idempotent' | 'once';

/** Whether the same call may succeed later without another argument. */
const TEMPORARY: Readonly<Record<StoreErrorCode, boolean>> = {
  TIMEOUT: true,
  UNREACHABLE: true,
  BREAKER_OPEN: true,
  OVERLOADED: true,
  UNAVAILABLE: true,
  // An administrator repairs it, and the mail that waits for it must not bounce until then.
  DENIED: true,
  WRONG_TYPE: false,
  NOT_INTEGER: false,
  REPLY: false,
  ABORTED: true,
  CLOSED: true,
  INVALID: false,
};

interface Meaning {
  readonly code: StoreErrorCode;
  /** Whether another attempt, a moment later, may end differently. */
  readonly retry: boolean;
}

/** By the first word of an error reply: the command was refused before it ran. */
const REPLIES: Readonly<Record<string, Meaning>> = {
  LOADING: { code: 'UNAVAILABLE', retry: true },
  TRYAGAIN: { code: 'UNAVAILABLE', retry: true },
  CLUSTERDOWN: { code: 'UNAVAILABLE', retry: true },
  MASTERDOWN: { code: 'UNAVAILABLE', retry: true },
  READONLY: { code: 'UNAVAILABLE', retry: true },
  BUSY: { code: 'UNAVAILABLE', retry: true },
  // These last longer than any wait between attempts; a redirect is for links to a cluster, which follow it,
  // so where one is told an administrator has to say that this is a cluster.
  MOVED: { code: 'UNAVAILABLE', retry: false },
  ASK: { code: 'UNAVAILABLE', retry: false },
  OOM: { code: 'UNAVAILABLE', retry: false },
  MISCONF: { code: 'UNAVAILABLE', retry: false },
  NOREPLICAS: { code: 'UNAVAILABLE', retry: false },
  NOAUTH: { code: 'DENIED', retry: false },
  WRONGPASS: { code: 'DENIED', retry: false },
  NOPERM: { code: 'DENIED', retry: false },
  DENIED: { code: 'DENIED', retry: false },
  WRONGTYPE: { code: 'WRONG_TYPE', retry: false },
};

/** Errors without a word of their own, also as scripts before Redis 7 wrap them. */
const TEXTS: readonly (readonly [RegExp, StoreErrorCode])[] = [
  [/WRONGTYPE /, 'WRONG_TYPE'],
  [/not an integer or out of range|would overflow/, 'NOT_INTEGER'],
  [/invalid password|without any password configured/, 'DENIED'],
];

const LINKS: Readonly<Record<LinkErrorKind, Meaning>> = {
  connection: { code: 'UNREACHABLE', retry: true },
  timeout: { code: 'TIMEOUT', retry: true },
  denied: { code: 'DENIED', retry: false },
  overloaded: { code: 'OVERLOADED', retry: true },
  topology: { code: 'UNAVAILABLE', retry: true },
  // Not for ever, as DENIED is not: but no attempt without another configuration ends differently.
  'cluster-node': { code: 'UNAVAILABLE', retry: false },
  aborted: { code: 'ABORTED', retry: false },
  closed: { code: 'CLOSED', retry: false },
};

const ANY_REPLY: Meaning = { code: 'REPLY', retry: false };
/** An exception that no link should throw: its fate is unknown. */
const ANY_THROW: Meaning = { code: 'UNREACHABLE', retry: false };

function meaningOf(error: unknown): Meaning {
  if (error instanceof LinkError) return LINKS[error.kind];
  if (error instanceof ReplyError) return REPLIES[error.code] ?? meaningOfText(error.message);
  return error instanceof UnexpectedReply ? ANY_REPLY : ANY_THROW;
}

function meaningOfText(message: string): Meaning {
  const known = TEXTS.find(([pattern]) => pattern.test(message));
  return known === undefined ? ANY_REPLY : { code: known[1], retry: false };
}

export function codeOf(error: unknown): StoreErrorCode {
  return error instanceof StoreError ? error.code : meaningOf(error).code;
}

/** Whether the same command may be answered later. */
export function isTemporary(error: ReplyError): boolean {
  return TEMPORARY[codeOf(error)];
}

/** Whether the command may have run although there is no answer. An error reply says that it did not. */
export function maybeExecuted(error: unknown): boolean {
  if (error instanceof LinkError) return error.details.maybeExecuted;
  return !(error instanceof ReplyError || error instanceof StoreError);
}

export function mayRetry(error: unknown, safety: Safety): boolean {
  if (error instanceof StoreError || !meaningOf(error).retry) return false;
  return safety !== 'once' || !maybeExecuted(error);
}

/**
 * Whether a node's breaker counts the failure: each missing answer for itself, but a broken connection as
 * one event, however many calls were waiting on it. Undefined: it says nothing about the node.
 */
export function blameFor(error: unknown): 'each' | 'event' | undefined {
  if (!(error instanceof LinkError)) return undefined;
  if (error.kind === 'timeout') return 'each';
  return error.kind === 'connection' || error.kind === 'denied' ? 'event' : undefined;
}

export interface FailedCall {
  readonly store: string;
  readonly operation: string;
  readonly node: string | undefined;
  readonly attempts: number;
  /** Over all attempts, for a call that changes something. */
  readonly indeterminate: boolean;
  /** The caller's signal's reason, when it ended the call. */
  readonly reason?: unknown;
}

export function toStoreError(error: unknown, call: FailedCall): StoreError {
  if (error instanceof StoreError) return error;
  const code = codeOf(error);
  const node = (error instanceof LinkError ? error.details.node : undefined) ?? call.node;
  const { store, operation, attempts, indeterminate } = call;
  const cause = code === 'ABORTED' ? call.reason : undefined;
  return new StoreError(describe(error, code, node), {
    code,
    store,
    node,
    operation,
    attempts,
    indeterminate,
    cause,
    // The answer is not known, and another connection may bring it: mail waits rather than bounces.
    temporary: TEMPORARY[code] || error instanceof UnexpectedReply,
  });
}

/** What is told of calls that were never sent. */
const REFUSALS = {
  CLOSED: 'the store was closed',
  ABORTED: 'the caller gave up',
  OVERLOADED: 'too many calls are waiting',
  BREAKER_OPEN: 'the node failed repeatedly and is left alone for a while',
} as const;

export type Refusal = keyof typeof REFUSALS;

export function refusal(code: Refusal, call: Omit<FailedCall, 'indeterminate' | 'attempts'>): StoreError {
  return toRefusal(code, REFUSALS[code], call);
}

/** Arguments that no store could serve. */
export function invalid(store: string, operation: string, what: string): StoreError {
  return toRefusal('INVALID', what, { store, operation, node: undefined });
}

/** An addition to what is no 64-bit integer, known before anything was sent. */
export function notInteger(store: string, operation: string): StoreError {
  const what = 'the value is not an integer or out of range';
  return toRefusal('NOT_INTEGER', what, { store, operation, node: undefined });
}

function toRefusal(
  code: StoreErrorCode,
  what: string,
  call: Omit<FailedCall, 'indeterminate' | 'attempts'>,
): StoreError {
  const { store, operation, node, reason } = call;
  const temporary = TEMPORARY[code];
  return new StoreError(what, {
    code,
    store,
    operation,
    node,
    attempts: 0,
    temporary,
    indeterminate: false,
    cause: reason,
  });
}

/** A link names its node in front, and so does the StoreError: once is enough. */
function describe(error: unknown, code: StoreErrorCode, node: string | undefined): string {
  if (code === 'ABORTED' || code === 'CLOSED') return REFUSALS[code];
  if (!(error instanceof Error)) return 'failed';
  const { message } = error;
  const what = cleaned(
    node !== undefined && message.startsWith(`${node}: `) ? message.slice(node.length + 2) : message,
  );
  const hint = error instanceof LinkError ? error.details.hint : undefined;
  return hint === undefined ? what : `${what} (${hint})`;
}

const LONGEST_MESSAGE = 160;

/** Without what a server may have echoed: quoted text, the list of arguments, control characters; capped. */
export function cleaned(message: string): string {
  const text = message
    .replace(/,? with args beginning with.*$/s, '')
    .replace(/(?<!\w)'[^']*'?|`[^`]*`?|"[^"]*"?/g, '…')
    .replace(/[\x00-\x1f\x7f]+/g, ' ')
    .trim();
  return text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}…` : text;
}
