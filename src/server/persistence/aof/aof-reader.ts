import * as fs from 'node:fs';
import type { Args } from '../../../resp/args.js';
import { Args as Arguments } from '../../../resp/args.js';

/** What the bytes of an append-only file say at one place. */
export type AofEntry = 'command' | 'annotation' | 'end' | 'truncated' | 'malformed';

/**
 * Reads the commands of one file, one after the other, in pieces. `offset` is where the last whole one ended. As
 * redis-server reads it: lines that begin with # say something else, and the CRLF behind an argument is looked at only
 * by a check (`strict`).
 */
export class AofReader {
  readonly args: Args = new Arguments();
  offset: number;
  /** The line that was read last: an annotation's words. */
  text = '';
  private readonly fd: number;
  private buffer = Buffer.alloc(0);
  /** The line that was read last came to its end. */
  private hasEnded = true;
  /** Next byte to read, in the buffer. */
  private at = 0;

  constructor(
    path: string,
    start = 0,
    private readonly strict = false,
  ) {
    this.fd = fs.openSync(path, 'r');
    this.offset = start;
    this.position = start;
  }

  /** Of the byte behind the buffer, in the file. */
  private position: number;

  /** After `command` its words are in `args`, until the next call. */
  next(): AofEntry {
    this.dropRead();
    const start = this.at;
    const entry = this.read();
    if (entry === 'command' || entry === 'annotation') this.offset += this.at - start;
    return entry;
  }

  close(): void {
    fs.closeSync(this.fd);
  }

  private read(): AofEntry {
    const line = this.line();
    if (line === undefined) return 'end';
    this.text = line;
    // What follows one that broke off would become a part of it.
    if (line.startsWith('#')) return this.hasEnded ? 'annotation' : 'truncated';
    if (!line.startsWith('*')) return 'malformed';
    if (line === '*') return 'truncated';
    const count = Number.parseInt(line.slice(1), 10);
    if (!(count >= 1)) return 'malformed';
    const places: [start: number, length: number][] = [];
    for (let i = 0; i < count; i++) {
      const head = this.line();
      if (head === undefined) return 'truncated';
      if (!head.startsWith('$')) return 'malformed';
      // As redis-server does: where the digits have broken off, so has what they tell of.
      const length = Number.parseInt(head.slice(1), 10) || 0;
      if (!(length >= 0)) return 'malformed';
      if (!this.has(length + 2)) return 'truncated';
      places.push([this.at, length]);
      this.at += length + 2;
      if (this.strict && this.buffer.latin1Slice(this.at - 2, this.at) !== '\r\n') return 'malformed';
    }
    this.args.reset(this.buffer, 0);
    for (const [start, length] of places) this.args.add(start, length);
    return 'command';
  }

  /** Up to the next line feed, or the file's end; without its end. */
  private line(): string | undefined {
    let end = this.buffer.indexOf(LINE_FEED, this.at);
    while (end < 0 && this.buffer.length - this.at < LONGEST_LINE && this.fill(CHUNK)) {
      end = this.buffer.indexOf(LINE_FEED, this.at);
    }
    const to = end < 0 ? this.buffer.length : end + 1;
    this.hasEnded = end >= 0;
    if (to === this.at) return undefined;
    const text = this.buffer.latin1Slice(this.at, Math.min(to, this.at + LONGEST_LINE));
    this.at = to;
    return text.trimEnd();
  }

  private has(length: number): boolean {
    const missing = this.at + length - this.buffer.length;
    return missing <= 0 || (this.fill(Math.max(missing, CHUNK)) && this.has(length));
  }

  /** False at the end of the file. */
  private fill(length: number): boolean {
    const more = Buffer.allocUnsafe(length);
    const read = fs.readSync(this.fd, more, 0, length, this.position);
    this.position += read;
    if (read > 0) this.buffer = Buffer.concat([this.buffer, more.subarray(0, read)]);
    return read > 0;
  }

  private dropRead(): void {
    if (this.at < CHUNK) return;
    this.buffer = this.buffer.subarray(this.at);
    this.at = 0;
  }
}

const LINE_FEED = 0x0a;
const CHUNK = 1024 * 1024;
const LONGEST_LINE = 1024;
