import type { Bytes } from '../core/bytes.js';
import type { Argument, Reply } from '../resp/reply.js';
import type { Conversation, ConversationEvents } from './conversation/conversation.js';

/**
 * The seam between lookupd and a Redis: a link knows topology and nothing else. It sends each command
 * once (following redirects), never retries, and says in its errors whether the command may have run.
 * Deadlines are absolute times of the injected clock; a link stops redirecting and connecting at them,
 * the guard above bounds the call whatever the link does.
 *
 * Limits: no operation is written here, no retry, no breaker, no metrics: that is the guard's business.
 */
export interface Link {
  readonly kind: LinkKind;
  /** Whether one command may name keys of several slots (all but a cluster). */
  readonly crossSlot: boolean;
  /** Connects, up to the deadline. With `lazy-connect` nobody calls it before the first command. */
  open(deadline: number): Promise<void>;
  /** Rejects with a ReplyError for an error reply, with a LinkError when there is none. */
  command(command: Command, options: CallOptions): Promise<Reply>;
  /**
   * Sends the commands together, split by node and put back in order. Each ends for itself: an error reply
   * is a ReplyError and a failed one a LinkError in its place; the promise itself rejects only on misuse.
   */
  pipeline(commands: readonly Command[], options: CallOptions): Promise<(Reply | LinkError)[]>;
  /** Runs a script by its hash, loading it where it is missing. All keys share one slot on a cluster. */
  script(script: Script, keys: readonly Bytes[], args: readonly Argument[], options: CallOptions): Promise<Reply>;
  /** The name of the node that would be asked now: what the breaker counts by. Undefined when none is known. */
  nodeFor(key: Bytes | undefined, readOnly: boolean): string | undefined;
  /** All nodes that hold a part of the keys for writing: one, or a cluster's primaries. */
  primaries(): Promise<readonly NodeLink[]>;
  /**
   * For who goes over all keys, node by node, where keys go from node to node meanwhile: at first gives all nodes that hold a
   * part, and then, each time, those that were given keys since, for good or not yet.
   */
  readonly holders?: (() => (options: CallOptions) => Promise<readonly NodeLink[]>) | undefined;
  /**
   * The guard leaves this node alone until that time of the clock, because it fails, or (undefined) does so no longer.
   * Where another node can take its place, the link looks for it meanwhile.
   */
  suspect?(node: string, until: number | undefined): void;
  /**
   * Tells of each connection that comes to stand (its HELLO or PING was answered) and of each node that takes
   * another's part while connected, by name: the guard need not wait before it asks such a node again.
   */
  onConnected?(listener: (node: string) => void): void;
  /** Every known node, for ping, info and the breaker. */
  nodes(): readonly NodeLink[];
  /** Messages of a channel (exact name) until the returned function is called. */
  subscribe(channel: Bytes, onMessage: (message: Buffer) => void, options: CallOptions): Promise<() => Promise<void>>;
  /**
   * Has every server that takes writes tell of each changed key with this prefix, as long as the link is open. Once at
   * most; only where something can be changed behind our back.
   */
  track?(prefix: string, changes: KeyChanges): void;
  topology(): Topology;
  /** Finds out anew who has what, at once, however lately that was asked. Only where servers take each other's places. */
  refresh?(options: CallOptions): Promise<void>;
  close(): Promise<void>;
  /** Only where the data is in this process. */
  readonly direct?: DirectReads | undefined;
}

/** What the servers tell of keys that were changed, by whomever. */
export interface KeyChanges {
  /** What was read of these keys until now counts no more; undefined: of all keys. */
  changed(keys: readonly Buffer[] | undefined): void;
  /** Whether every change is told from now on: not before it was told so, and not between false and true. */
  told(complete: boolean): void;
}

/** Reads that answer at once, without a promise: what makes an in-process store as fast as a Map. */
export interface DirectReads {
  /** What GET replies; an error reply is thrown as a ReplyError. */
  getNow(key: Bytes): Buffer | null;
}

/** auto: nobody has told yet what it is. */
export type LinkKind = 'embedded' | 'single' | 'cluster' | 'failover' | 'sentinel' | 'auto';

/** One node of a link, asked without routing. */
export interface NodeLink {
  /** host:port, the socket's path, or "embedded". */
  readonly name: string;
  readonly role: 'primary' | 'replica' | 'unknown';
  command(command: Command, options: CallOptions): Promise<Reply>;
  /** A connection of the caller's own; rejects with a LinkError at the deadline at the latest. */
  converse(events: ConversationEvents, deadline: number): Promise<Conversation>;
}

/** Name first: ["GET", key]. Key positions are told by `keys` where routing needs them. */
export type Command = readonly [name: string, ...args: Argument[]];

export interface CallOptions {
  /** Clock time in milliseconds after which nobody waits any more. */
  readonly deadline: number;
  /** A plain lookup: may be answered by a replica where the configuration allows it. */
  readonly readOnly?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** A Lua script; `name` for errors and metrics, `sha` its SHA1 in lower-case hex. */
export interface Script {
  readonly name: string;
  readonly source: string;
  readonly sha: string;
}

export interface Topology {
  /** sharded: several stores as one, each with its own nodes. */
  readonly kind: LinkKind | 'sharded';
  readonly transport: 'tcp' | 'tls' | 'unix' | 'memory';
  readonly nodes: readonly NodeStatus[];
  /** Cluster only: which command it was read with, how often and when, and how many slots have an owner. */
  readonly cluster?: {
    readonly command: 'SHARDS' | 'SLOTS';
    readonly refreshes: number;
    readonly lastRefresh: number;
    readonly slotsMapped: number;
  };
  /** Sentinel only: what they call the primary, which of them told it last, and how many are known. */
  readonly sentinel?: { readonly name: string; readonly answeredBy: string | undefined; readonly known: number };
}

export interface NodeStatus {
  readonly name: string;
  readonly role: 'primary' | 'replica' | 'unknown';
  readonly status: 'connected' | 'disconnected';
  readonly slots?: number;
  /** Failover only: whether calls go to this one now. */
  readonly inUse?: boolean;
  readonly queries: number;
  readonly errors: number;
  /** MOVED redirects this node answered. */
  readonly moved: number;
  /** Clock time of the last reply, or -1. */
  readonly lastActivity: number;
}

export type LinkErrorKind =
  /** No connection: refused, host not found, TLS failed, closed before an answer. */
  | 'connection'
  /** The deadline or the node's `timeout` passed. */
  | 'timeout'
  /** AUTH, HELLO or SELECT was refused while connecting. */
  | 'denied'
  /** The offline queue or the pipeline is full. */
  | 'overloaded'
  /** No owner for the slot, too many redirects, topology not known. */
  | 'topology'
  /** One node of a cluster, taken for a whole server: it has not all keys, and refuses commands for the others. */
  | 'cluster-node'
  | 'aborted'
  | 'closed';

/** A command that got no reply. Error replies are ReplyErrors and not this. */
export class LinkError extends Error {
  override readonly name = 'LinkError';

  constructor(
    readonly kind: LinkErrorKind,
    message: string,
    readonly details: {
      readonly node?: string | undefined;
      /** Whether the command may have reached a server: false only when it surely did not. */
      readonly maybeExecuted: boolean;
      /** What in the configuration may mend it. */
      readonly hint?: string | undefined;
      readonly cause?: unknown;
    },
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
  }
}
