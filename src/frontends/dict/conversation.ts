import type { DictChange } from '../../lookups/dict/dictionary.js';
import { type FrameDecoder, FramingError } from '../../net/framing.js';
import { LineDecoder } from '../../net/lines.js';
import type { RequestLimits, RequestProtocol } from '../../net/request-connection.js';
import type { ServedDict } from '../served-dict.js';
import {
  type DictCommand,
  encodeCommitted,
  encodeListed,
  encodeLookup,
  type Handshake,
  LINE_LIMIT,
  parseCommand,
  parseHandshake,
} from './protocol.js';

/** What a conversation asks of its listener, anew each time: a reload may replace it. */
export interface DictHouse {
  readonly limits: RequestLimits;
  dict(name: string): ServedDict | undefined;
  /** A connection is closed for this. */
  closes(reason: string): void;
}

interface Transaction {
  readonly user: string;
  readonly expire: number;
  readonly changes: DictChange[];
}

type Asked =
  | Extract<DictCommand, { kind: 'lookup' | 'iterate' }>
  | (Transaction & { kind: 'commit'; id: number; async: boolean });

/** Changes of all open transactions of one connection, in bytes of their lines. */
const MOST_BYTES = 2_097_152;
const MOST_CHANGES = 10_000;
const MOST_TRANSACTIONS = 1_000;

/**
 * One connection of Dovecot's: its handshake and its open transactions. As a decoder it swallows what is not
 * answered and passes on what is, so that the connection keeps answers in order and within its limits. What
 * breaks the protocol closes, after the answers before it; open transactions are forgotten then.
 *
 * What is asked behind a commit sees what it changed: reads wait for the commits before them, a commit for all.
 */
export class DictConversation implements RequestProtocol, RequestLimits, FrameDecoder {
  readonly #house: DictHouse;
  readonly #lines: LineDecoder;
  #handshake: Handshake | undefined;
  readonly #transactions = new Map<number, Transaction>();
  #bytes = 0;
  #changes = 0;
  #listing = 0;
  #asked: Asked | undefined;
  readonly #underWay = new Set<Promise<unknown>>();
  #lastCommit: Promise<unknown> | undefined;

  constructor(house: DictHouse, longestLine = LINE_LIMIT) {
    this.#house = house;
    this.#lines = new LineDecoder(longestLine);
  }

  get limits(): RequestLimits {
    return this;
  }

  /** While a listing is under way, which may be large, nothing else is taken. */
  get maxPipeline(): number {
    return this.#listing > 0 ? 0 : this.#house.limits.maxPipeline;
  }

  get maxUnsent(): number {
    return this.#house.limits.maxUnsent;
  }

  createDecoder(): FrameDecoder {
    return this;
  }

  refusal(): null {
    return null;
  }

  push(chunk: Buffer): void {
    this.#lines.push(chunk);
  }

  /** The next line that is answered. */
  next(): Buffer | null {
    for (let line = this.#lines.next(); line !== null; line = this.#lines.next()) {
      this.#asked = this.#take(line.latin1Slice());
      if (this.#asked !== undefined) return line;
    }
    return null;
  }

  answer(_line: Buffer, reply: (answer: Buffer) => void): void {
    const asked = this.#asked!;
    const run = () => this.#run(asked);
    const answered = asked.kind === 'commit' ? this.#afterAll(run) : (this.#lastCommit?.then(run) ?? run());
    if (asked.kind === 'iterate') this.#listing++;
    const settled = answered.then((answer) => {
      if (asked.kind === 'iterate') this.#listing--;
      reply(answer);
    });
    const ended = settled.finally(() => {
      this.#underWay.delete(ended);
      if (this.#lastCommit === ended) this.#lastCommit = undefined;
    });
    this.#underWay.add(ended);
    if (asked.kind === 'commit') this.#lastCommit = ended;
  }

  #afterAll(run: () => Promise<Buffer>): Promise<Buffer> {
    return this.#underWay.size === 0 ? run() : Promise.all(this.#underWay).then(run);
  }

  async #run(asked: Asked): Promise<Buffer> {
    const { dict: name, user: fallback } = this.#handshake!;
    const dict = this.#house.dict(name);
    const user = asked.user ?? fallback;
    const gone = { kind: 'failed', reason: 'the dictionary is not served any more' } as const;
    switch (asked.kind) {
      case 'lookup':
        return encodeLookup(dict === undefined ? { ...gone, kind: 'permanent' } : await dict.lookup(asked.path, user));
      case 'iterate':
        if (dict === undefined) return encodeListed({ ...gone, kind: 'permanent' });
        return encodeListed(await dict.iterate({ ...asked.iteration, user }));
      case 'commit': {
        const committed = dict === undefined ? gone : await dict.commit(user, asked.changes, asked.expire);
        return encodeCommitted(asked.id, asked.async, committed);
      }
    }
  }

  /** Throws FramingError for what closes the connection. */
  #take(line: string): Asked | undefined {
    if (this.#handshake === undefined) {
      this.#handshake = this.#greet(line);
      return undefined;
    }
    const command = parseCommand(line, this.#handshake.version);
    if (command === null) throw this.#broken(`a line is no command of version ${this.#handshake.version}`);
    if (command.kind === 'lookup' || command.kind === 'iterate') return command;
    if (command.kind === 'begin') return this.#begin(command);
    const transaction = this.#transactions.get(command.id);
    if (transaction === undefined) throw this.#broken('a transaction is not there');
    if (command.kind === 'change') this.#change(transaction, command.change, line.length);
    else if (command.kind !== 'note') this.#transactions.delete(command.id);
    if (this.#transactions.size === 0) this.#bytes = this.#changes = 0;
    return command.kind === 'commit' ? { ...transaction, ...command } : undefined;
  }

  #greet(line: string): Handshake {
    const handshake = parseHandshake(line);
    if (handshake === null) throw this.#broken('the first line is no handshake of version 2, 3 or 4');
    if (this.#house.dict(handshake.dict) === undefined)
      throw this.#broken('a dictionary is asked for that is not served');
    return handshake;
  }

  #begin({ id, user, expire }: Extract<DictCommand, { kind: 'begin' }>): undefined {
    if (this.#transactions.has(id)) throw this.#broken('a transaction is begun twice');
    if (this.#transactions.size >= MOST_TRANSACTIONS) throw this.#broken('there are too many transactions');
    this.#transactions.set(id, { user: user ?? this.#handshake!.user, expire, changes: [] });
  }

  #change(transaction: Transaction, change: DictChange, bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > MOST_BYTES || ++this.#changes > MOST_CHANGES) throw this.#broken('transactions are too large');
    transaction.changes.push(change);
  }

  #broken(reason: string): FramingError {
    this.#house.closes(reason);
    return new FramingError(reason);
  }
}
