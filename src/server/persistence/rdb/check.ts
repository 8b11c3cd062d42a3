import type { ByteString } from '../../../resp/args.js';
import { openRdb } from '../rdb-file.js';
import { CHECKSUM_SINCE, readVersion, sumIsRight } from './load.js';
import type { RdbInput } from './rdb-input.js';
import { readValue, type ValueLimits } from './read-value.js';
import { EmptyCollectionError, Opcode, RdbError, RdbType } from './types.js';

export interface RdbCheckOptions {
  /** Milliseconds since the epoch: which keys' time is over. */
  readonly now: number;
  readonly limits: ValueLimits;
  readonly print: (line: string) => void;
}

/**
 * Reads an RDB file from end to end, every value to its last byte, and says what is in it and where it breaks, in the
 * lines of redis-check-rdb. False when it is not sound. Nothing is kept, however large the file is; libraries of
 * functions are read and not compiled.
 */
export function checkRdb(path: string, options: RdbCheckOptions): boolean {
  const file = openRdb(path);
  if (file === undefined) {
    options.print(`Cannot open file ${path}: there is none`);
    return false;
  }
  try {
    return new RdbCheck(file.input, options).run(path);
  } finally {
    file.close();
  }
}

class RdbCheck {
  private doing: Doing = 'start';
  /** Where the record begins that is being read. */
  private recordAt = 0;
  private key: ByteString | undefined;
  private type: number | undefined;
  /** What was read last belongs to the key that follows. */
  private isWithin = false;
  private expiry = 0;
  private keys = 0;
  private expires = 0;
  private expired = 0;

  constructor(
    private readonly input: RdbInput,
    private readonly options: RdbCheckOptions,
  ) {}

  run(path: string): boolean {
    this.tell(`Checking RDB file ${path}`);
    try {
      const version = readVersion(this.input);
      while (this.readRecord());
      if (version >= CHECKSUM_SINCE) this.checkSum();
    } catch (error) {
      if (!(error instanceof RdbError)) throw error;
      this.describe(error);
      return false;
    }
    this.tell('\\o/ RDB looks OK! \\o/');
    this.count();
    return true;
  }

  /** False at the end. */
  private readRecord(): boolean {
    const { input } = this;
    // What stands before a key (its expiry, its age) is part of its record.
    if (!this.isWithin) this.recordAt = input.offset;
    this.isWithin = false;
    this.doing = 'read-type';
    const code = input.byte();
    switch (code) {
      case Opcode.end:
        return false;
      case Opcode.expireSeconds:
        this.doing = 'read-expire';
        this.expiry = input.seconds() * 1000;
        this.isWithin = true;
        break;
      case Opcode.expireMs:
        this.doing = 'read-expire';
        this.expiry = input.time();
        this.isWithin = true;
        break;
      case Opcode.idle:
        input.size();
        this.isWithin = true;
        break;
      case Opcode.frequency:
        input.byte();
        this.isWithin = true;
        break;
      case Opcode.selectDb:
        this.doing = 'read-len';
        this.select(input.size());
        break;
      case Opcode.resizeDb:
        this.doing = 'read-len';
        input.size();
        input.size();
        break;
      case Opcode.aux:
        this.doing = 'read-aux';
        this.aux(input.text(), input.text());
        break;
      case Opcode.function:
        this.doing = 'read-functions';
        input.string();
        break;
      case Opcode.moduleAux:
        this.doing = 'read-module-aux';
        throw new RdbError('the file contains data of a module');
      default:
        this.readKey(code);
    }
    return true;
  }

  private select(database: number): void {
    this.tell(`Selecting DB ID ${database}`);
  }

  private aux(field: ByteString, value: ByteString): void {
    this.tell(`AUX FIELD ${field} = '${value}'`);
  }

  private readKey(type: number): void {
    const { input, options } = this;
    this.type = type;
    this.doing = 'read-key';
    this.key = input.text();
    this.keys++;
    this.doing = 'read-object-value';
    try {
      readValue(input, type, options.limits);
    } catch (error) {
      if (!(error instanceof EmptyCollectionError)) throw error;
      this.tell(`Key '${this.key}' is a collection without elements: a server leaves it out`);
    }
    if (this.expiry !== 0) this.expires++;
    if (this.expiry !== 0 && this.expiry < options.now) this.expired++;
    this.expiry = 0;
    this.key = this.type = undefined;
  }

  private checkSum(): void {
    this.doing = 'check-sum';
    this.recordAt = this.input.offset;
    const isRight = sumIsRight(this.input);
    if (isRight === undefined) this.tell('RDB file was saved with checksum disabled: no check performed.');
    else if (!isRight) throw new RdbError('RDB CRC error');
    else this.tell('Checksum OK');
  }

  private describe(error: RdbError): void {
    const { print } = this.options;
    print('--- RDB ERROR DETECTED ---');
    this.tell(error.message);
    print(`[additional info] While doing: ${this.doing}`);
    print(`[additional info] The record begins at: ${this.recordAt}`);
    if (this.key !== undefined) print(`[additional info] Reading key '${this.key}'`);
    if (this.type !== undefined) print(`[additional info] Reading type ${this.type} (${typeName(this.type)})`);
    this.count();
  }

  private count(): void {
    this.options.print(`[info] ${this.keys} keys read`);
    this.options.print(`[info] ${this.expires} expires`);
    this.options.print(`[info] ${this.expired} already expired`);
  }

  private tell(text: string): void {
    this.options.print(`[offset ${this.input.offset}] ${text}`);
  }
}

type Doing =
  | 'start'
  | 'read-type'
  | 'read-expire'
  | 'read-key'
  | 'read-object-value'
  | 'check-sum'
  | 'read-len'
  | 'read-aux'
  | 'read-module-aux'
  | 'read-functions';

function typeName(type: number): string {
  return Object.entries(RdbType).find(([, code]) => code === type)?.[0] ?? 'unknown';
}
