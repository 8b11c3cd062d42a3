import * as fs from 'node:fs';
import { systemReason } from '../../../core/system-reason.js';
import type { Args } from '../../../resp/args.js';
import { ReplyBuilder } from '../../../resp/builder.js';
import { ReplyError } from '../../../resp/reply.js';
import { Call } from '../../commands/call.js';
import type { Server } from '../../server.js';
import { Session } from '../../session/session.js';
import type { LoadProgress } from '../loading.js';
import { RdbError } from '../rdb/types.js';
import type { AofDirectory } from './aof-directory.js';
import { AofError } from './aof-error.js';
import { AofReader } from './aof-reader.js';
import type { Manifest } from './manifest.js';

/** How much of an append-only file has been read. */
export class AofProgress implements LoadProgress {
  bytes = 0;
  total = 0;

  constructor(readonly startedAt: number) {}

  loaded(): number {
    return this.bytes;
  }

  usedMemory(): number {
    return 0;
  }
}

/**
 * Executes base and increments, step by step; yields how many keys or commands that were since the last step. False when they are empty. A last file that breaks off within a command, or within a
 * transaction, is cut there when `aof-load-truncated` says so; anything else that is wrong throws AofError, and the
 * log says what.
 */
export function* loadParts(
  server: Server,
  directory: AofDirectory,
  { parts }: Manifest,
  progress: AofProgress,
): Generator<number, boolean> {
  let size = 0;
  try {
    size = directory.size(parts.map((part) => part.name));
  } catch (error) {
    const { name } = parts.find((part) => !fs.existsSync(directory.file(part.name))) ?? parts[0]!;
    server.log('warning', `Unable to obtain the AOF file ${name} length. stat: ${systemReason(error)}`);
    throw new AofError((error as Error).message);
  }
  if (size === 0) return false;
  progress.total = size;
  const { keyspace } = server;
  keyspace.isLoading = true;
  try {
    for (const [i, { name }] of parts.entries()) {
      const before = progress.bytes;
      for (const step of loadPart(server, directory, name, i === parts.length - 1)) {
        progress.bytes = before + step.offset;
        yield step.count;
      }
    }
  } finally {
    keyspace.isLoading = false;
  }
  return true;
}

/** Keys or commands that were loaded, and where in the file. */
interface PartStep {
  readonly count: number;
  readonly offset: number;
}

function* loadPart(server: Server, directory: AofDirectory, name: string, isLast: boolean): Generator<PartStep, void> {
  const started = performance.now();
  const path = directory.file(name);
  const wasCut = yield* new PartLoading(server, path, name).run();
  if (wasCut && !isLast) {
    server.log('warning', 'Fatal error: the truncated file is not the last file');
    throw new AofError(`${name} is truncated`);
  }
  const kind = name.includes('.incr.') ? 'incr' : 'base';
  const seconds = ((performance.now() - started) / 1000).toFixed(3);
  server.log('notice', `DB loaded from ${kind} file ${name}: ${seconds} seconds`);
}

class PartLoading {
  private readonly call: Call;
  private readonly session: Session;
  private readonly reply = new ReplyBuilder(2);
  /** Of the command that is read. */
  private offset = 0;
  /** Commands since MULTI. */
  private queue: Args[] | undefined;
  private beforeMulti = 0;

  constructor(
    private readonly server: Server,
    private readonly path: string,
    private readonly name: string,
  ) {
    const home = server.keyspace.databases[0]!;
    this.call = new Call(server);
    this.session = new Session(0, LOADING_PEER, this.reply, home, server.users, server.clock.now());
    this.session.isPrimary = true;
  }

  /** True when the file broke off and was cut. */
  *run(): Generator<PartStep, boolean> {
    const reader = new AofReader(this.path, yield* this.loadSnapshot());
    try {
      return yield* this.readAll(reader);
    } finally {
      reader.close();
    }
  }

  /** An RDB file in front; answers where it ends. */
  private *loadSnapshot(): Generator<PartStep, number> {
    const fd = fs.openSync(this.path, 'r');
    const head = Buffer.alloc(5);
    fs.readSync(fd, head, 0, 5, 0);
    fs.closeSync(fd);
    if (head.latin1Slice() !== 'REDIS') return 0;
    this.server.log('notice', 'Reading RDB base file on AOF loading...');
    try {
      return yield* this.server.persistence.loads.base(this.path);
    } catch (error) {
      if (!(error instanceof RdbError)) throw error;
      this.server.log('warning', `Internal error in RDB: ${error.message}`);
      throw this.failure(`Error reading the RDB preamble of the AOF file ${this.name}, AOF loading aborted`);
    }
  }

  private *readAll(reader: AofReader): Generator<PartStep, boolean> {
    for (let commands = 1; ; commands++) {
      if (commands % COMMANDS === 0) yield { count: COMMANDS, offset: reader.offset };
      const before = reader.offset;
      const entry = reader.next();
      this.offset = before;
      if (entry === 'command') this.take(reader.args, before);
      else if (entry === 'end') return this.queue === undefined ? false : this.revertMulti();
      else if (entry === 'truncated') return this.cut(this.queue === undefined ? reader.offset : this.beforeMulti);
      else if (entry === 'malformed') {
        throw this.failure(
          `Bad file format reading the append only file ${this.name} at offset ${before}: make a backup of your AOF file, then use ./redis-check-aof --fix <filename.manifest>`,
        );
      }
    }
  }

  private take(args: Args, start: number): void {
    const word = args.word(0);
    if (word === 'multi') {
      this.queue = [];
      this.beforeMulti = start;
    } else if (word === 'exec') {
      const queue = this.queue ?? [];
      this.queue = undefined;
      for (const queued of queue) this.execute(queued);
    } else if (this.queue) this.queue.push(args.clone());
    else this.execute(args);
  }

  private execute(args: Args): void {
    const { call, server, session, reply } = this;
    const command = server.commands.find(args);
    if (command?.run === undefined) {
      const where = `${this.name} at offset ${this.offset}`;
      throw this.failure(`Unknown command '${args.text(0)}' reading the append only file ${where}`);
    }
    Object.assign(call, { command, args, reply, session, db: session.db, dirty: 0, effects: undefined });
    try {
      command.run(call);
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error;
      const text = `'${error.message}' after processing the command '${server.commands.fullName(command)}'`;
      server.log('warning', `== CRITICAL == This server is sending an error to its AOF-loading-client: ${text}`);
    }
    reply.rewind(0);
  }

  private revertMulti(): boolean {
    this.server.log('warning', `Revert incomplete MULTI/EXEC transaction in AOF file ${this.name}`);
    return this.cut(this.beforeMulti);
  }

  private cut(offset: number): boolean {
    const { server, name } = this;
    if (server.configuration.get('aof-load-truncated') === 'yes') {
      server.log('warning', `!!! Warning: short read while loading the AOF file ${name}!!!`);
      server.log('warning', `!!! Truncating the AOF ${name} at offset ${offset} !!!`);
      fs.truncateSync(this.path, offset);
      server.log('warning', `AOF ${name} loaded anyway because aof-load-truncated is enabled`);
      return true;
    }
    throw this.failure(
      `Unexpected end of file reading the append only file ${name} at offset ${offset}. You can: ` +
        '1) Make a backup of your AOF file, then use ./redis-check-aof --fix <filename.manifest>. ' +
        "2) Alternatively you can set the 'aof-load-truncated' configuration option to yes and restart the server.",
    );
  }

  private failure(message: string): AofError {
    this.server.log('warning', message);
    return new AofError(message);
  }
}

/** Commands between two looks at anything else. */
const COMMANDS = 64;

const LOADING_PEER = {
  address: '',
  localAddress: '',
  canBlock: false,
  flush: () => undefined,
  close: () => undefined,
};
