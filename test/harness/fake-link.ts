import type { Bytes } from '../../src/core/bytes.js';
import {
  type CallOptions,
  type Command,
  type KeyChanges,
  type Link,
  LinkError,
  type LinkErrorKind,
  type NodeLink,
  type Script,
  type Topology,
} from '../../src/links/link.js';
import { type Argument, type Reply, ReplyError } from '../../src/resp/reply.js';

/** What happens to one command: a reply (an error reply too), a LinkError, or whatever a promise becomes. */
export type Behaviour = (command: Command, options: CallOptions) => Reply | LinkError | Promise<Reply | LinkError>;

/**
 * A link with nothing below, for tests of what is above: each command meets the next planned behaviour, or
 * the usual one. It knows strings (GET, SET, MGET, EXISTS, DEL) so far as these tests need.
 */
export class FakeLink implements Link {
  readonly kind = 'single';
  readonly crossSlot: boolean;
  /** Every command as it was sent, those of a pipeline one by one. */
  readonly sent: Command[] = [];
  /** How often anything was sent: a pipeline counts once. */
  trips = 0;
  closed = false;
  /** What the guard leaves alone. */
  readonly suspected = new Set<string>();
  /** Who wants to be told of changed keys with which prefix. */
  tracked: { readonly prefix: string; readonly changes: KeyChanges } | undefined;
  /** Says that a connection to a node stands anew. */
  connected: (node: string) => void = () => {};
  usual: Behaviour = (command) => this.#execute(command);
  readonly data = new Map<string, Reply>();
  /** Keys that hold something GET refuses. */
  readonly otherTypes = new Set<string>();
  readonly #plan: Behaviour[] = [];
  readonly #nodeOf: (key: Bytes | undefined) => string;

  constructor({
    crossSlot = true,
    nodeOf = () => 'fake:1',
  }: { crossSlot?: boolean; nodeOf?: (key?: Bytes) => string } = {}) {
    this.crossSlot = crossSlot;
    this.#nodeOf = nodeOf;
  }

  /** The next commands, in order, meet these; what follows meets the usual one. */
  plan(...behaviours: Behaviour[]): void {
    this.#plan.push(...behaviours);
  }

  async open(): Promise<void> {}

  async command(command: Command, options: CallOptions): Promise<Reply> {
    this.trips++;
    const outcome = await this.#meet(command, options);
    if (outcome instanceof Error) throw outcome;
    return outcome;
  }

  async pipeline(commands: readonly Command[], options: CallOptions): Promise<(Reply | LinkError)[]> {
    this.trips++;
    return await Promise.all(commands.map((command) => this.#meet(command, options)));
  }

  async script(
    script: Script,
    keys: readonly Bytes[],
    args: readonly Argument[],
    options: CallOptions,
  ): Promise<Reply> {
    return await this.command(['EVAL', script.name, keys.length, ...keys, ...args], options);
  }

  nodeFor(key: Bytes | undefined): string {
    return this.#nodeOf(key);
  }

  suspect(node: string, until: number | undefined): void {
    if (until === undefined) this.suspected.delete(node);
    else this.suspected.add(node);
  }

  onConnected(listener: (node: string) => void): void {
    this.connected = listener;
  }

  track(prefix: string, changes: KeyChanges): void {
    this.tracked = { prefix, changes };
  }

  async primaries(): Promise<readonly NodeLink[]> {
    return this.nodes();
  }

  nodes(): readonly NodeLink[] {
    const command = (sent: Command, options: CallOptions) => this.command(sent, options);
    const converse = () =>
      Promise.reject(new LinkError('closed', 'nobody is there to talk to', { maybeExecuted: false }));
    return [{ name: this.#nodeOf(undefined), role: 'primary', command, converse }];
  }

  async subscribe(): Promise<() => Promise<void>> {
    return async () => {};
  }

  topology(): Topology {
    return { kind: this.kind, transport: 'memory', nodes: [] };
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  async #meet(command: Command, options: CallOptions): Promise<Reply | LinkError> {
    this.sent.push(command);
    const behaviour = this.#plan.shift() ?? this.usual;
    return await behaviour(command, options);
  }

  #execute([name, ...args]: Command): Reply {
    const keys = args.map(String);
    switch (name) {
      case 'GET':
        if (this.otherTypes.has(keys[0]!)) return wrongType();
        return this.data.get(keys[0]!) ?? null;
      case 'MGET':
        return keys.map((key) => this.data.get(key) ?? null);
      case 'EXISTS':
        return keys.filter((key) => this.data.has(key) || this.otherTypes.has(key)).length;
      case 'SET':
        this.data.set(keys[0]!, Buffer.from(keys[1]!));
        return 'OK';
      case 'DEL':
        return keys.filter((key) => this.data.delete(key)).length;
      default:
        return 'OK';
    }
  }
}

export function wrongType(): ReplyError {
  return new ReplyError('WRONGTYPE Operation against a key holding the wrong kind of value');
}

/** Never answers. */
export const silence: Behaviour = () => new Promise(() => {});

export function answers(reply: Reply): Behaviour {
  return () => reply;
}

export function refuses(message: string): Behaviour {
  return () => new ReplyError(message);
}

export function breaks(kind: LinkErrorKind, maybeExecuted: boolean, message: string = kind): Behaviour {
  return () => new LinkError(kind, message, { maybeExecuted });
}
