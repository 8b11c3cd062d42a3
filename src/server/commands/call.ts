import type { Args, ByteString } from '../../resp/args.js';
import type { ReplySink } from '../../resp/sink.js';
import { Target, type Targets } from '../effects.js';
import { errors } from '../errors.js';
import type { Database } from '../keyspace/database.js';
import type { Ref } from '../keyspace/memory.js';
import { type EventClass, NOTIFY } from '../keyspace/notifications.js';
import { type CollectionValue, Type } from '../keyspace/value.js';
import type { Server } from '../server.js';
import type { Session } from '../session/session.js';
import type { CommandDeclaration } from './command.js';

/**
 * One running command: what its handler may use. Reused for the next command of the server, so nothing
 * may keep it. `changed` is the one write path: WATCH, blocked clients, keyspace events, the dirty counter
 * and with it the effect stream all hang on it.
 */
export class Call {
  command!: CommandDeclaration;
  args!: Args;
  reply!: ReplySink;
  session!: Session;
  db!: Database;
  /** Where the reply begins that an error takes the place of; what a script told its own client comes before. */
  mark = 0;
  /** Changes so far; a call that changed something is propagated. */
  dirty = 0;
  /** What is propagated instead of the command itself: one or more commands. Empty: nothing. */
  effects: ByteString[][] | undefined;
  /** Who is told of the command even though it changed nothing (PUBLISH). */
  told: Targets = Target.none;

  constructor(readonly server: Server) {}

  /** Milliseconds since the epoch; the same all through a command, a transaction or a script. */
  get now(): number {
    return this.server.keyspace.now;
  }

  /**
   * Whether a time has come, for a key or a field to go by it. While history is read, what became of it comes later in it;
   * on a replica the primary says so.
   */
  isOver(time: number): boolean {
    const { keyspace, replication } = this.server;
    return time <= this.now && !keyspace.isLoading && !replication.isReplica;
  }

  /** A string for reading: 0 when missing, WRONGTYPE for another type. */
  readString(i: number): Ref {
    const ref = this.db.read(this.args, i);
    if (ref !== 0 && this.db.entries.type(ref) !== Type.string) throw errors.wrongType;
    return ref;
  }

  /** A string for writing. */
  writeString(i: number): Ref {
    const ref = this.db.write(this.args, i);
    if (ref !== 0 && this.db.entries.type(ref) !== Type.string) throw errors.wrongType;
    return ref;
  }

  /** A collection for reading: undefined when missing, WRONGTYPE for another type. */
  read<T extends CollectionValue>(i: number, type: T['type']): T | undefined {
    return this.typed<T>(this.db.read(this.args, i), type);
  }

  /** As `read`, of what the command changes all the same (a group's reads). */
  readToChange<T extends CollectionValue>(i: number, type: T['type'], ref = this.db.read(this.args, i)): T | undefined {
    if (ref !== 0) this.db.entries.preserve(ref);
    return this.toChange(this.typed<T>(ref, type));
  }

  /** A collection for writing, when it is there. */
  write<T extends CollectionValue>(i: number, type: T['type']): T | undefined {
    return this.toChange(this.typed<T>(this.db.write(this.args, i), type));
  }

  /** A collection for writing, made when it is missing. */
  obtain<T extends CollectionValue>(i: number, type: T['type'], create: () => T): T {
    const found = this.write<T>(i, type);
    if (found) return found;
    const value = create();
    this.db.putCollection(this.args, i, value);
    return value;
  }

  private toChange<T extends CollectionValue>(value: T | undefined): T | undefined {
    if (value !== undefined) this.db.entries.willChange(value);
    return value;
  }

  private typed<T extends CollectionValue>(ref: Ref, type: T['type']): T | undefined {
    if (ref === 0) return undefined;
    if (this.db.entries.type(ref) !== type) throw errors.wrongType;
    return this.db.collection(ref) as T;
  }

  /** The key at argument `i` was changed by `count` changes; `event` is its keyspace event ("hset"). */
  changed(i: number, type: EventClass, event: string, count = 1): void {
    this.dirty += count;
    this.db.touch(this.args, i);
    this.notify(i, type, event);
  }

  /** A further event of a change that `changed` has reported. */
  notify(i: number, type: EventClass, event: string): void {
    const { notifications } = this.server;
    if (notifications.wants(type)) notifications.publish(this.db, type, event, this.args.text(i));
  }

  /** As `changed`, for a key that is not an argument of its own. */
  changedIn(args: Args, i: number, type: EventClass, event: string, count = 1): void {
    const own = this.args;
    this.args = args;
    this.changed(i, type, event, count);
    this.args = own;
  }

  /** Removes the key with a "del" event when its collection has become empty; true when it did. */
  removeIfEmpty(i: number, value: CollectionValue): boolean {
    if (value.size > 0) return false;
    this.db.remove(this.db.peek(this.args, i));
    this.notify(i, NOTIFY.generic, 'del');
    return true;
  }

  /**
   * Waits until one of the keys changes, then the command runs again. False where nobody may wait (EXEC,
   * scripts, in-process calls): the handler answers as if the time were over.
   */
  block(keys: readonly ByteString[], timeout: number, onTimeout: (() => void) | undefined): boolean {
    if (!this.session.peer.canBlock || this.server.dispatcher.isNested) return false;
    const { command, args, db } = this;
    this.server.blocking.block(this.session, { command, args, db, keys, timeout, onTimeout });
    return true;
  }

  /** Propagates this instead of the command as it came (expiry made absolute, random choices named). */
  propagate(...words: readonly ByteString[]): void {
    this.effects ??= [];
    this.effects.push([...words]);
  }

  propagateNothing(): void {
    this.effects = [];
  }
}
