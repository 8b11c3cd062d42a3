import { encodeWords } from '../../../resp/request-encoder.js';
import type { Ref } from '../../keyspace/memory.js';
import type { Server } from '../../server.js';
import { HeldString, holdLarge } from '../held-value.js';
import type { SnapshotFormat, SnapshotParts, SnapshotSource } from '../snapshot.js';
import { keyCommands, sourceOf, type Words } from './write-commands.js';

/** A snapshot as the commands that make the data: what an append-only file begins with when its base is no RDB file. */
export class CommandFormat implements SnapshotFormat {
  length = 0;
  private parts: Buffer[] = [];
  private selected = -1;

  constructor(server: Server) {
    if (server.settings.aofTimestamps) this.add(Buffer.from(`#TS:${Math.floor(server.clock.now() / 1000)}\r\n`));
    for (const { code } of server.scripts?.functions.libraries ?? []) this.write(['FUNCTION', 'LOAD', code]);
  }

  save({ number, entries }: SnapshotSource, ref: Ref): void {
    this.select(number);
    for (const words of keyCommands(entries, ref, sourceOf(entries, ref))) this.write(words);
  }

  inParts({ number, entries }: SnapshotSource, ref: Ref): SnapshotParts | undefined {
    const held = holdLarge(entries, ref);
    if (held === undefined || held instanceof HeldString) return undefined;
    const commands = keyCommands(entries, ref, held);
    const step = () => {
      const { value: words, done } = commands.next();
      if (done === true) return false;
      this.select(number);
      this.write(words);
      return true;
    };
    return { step, keep: () => held.keep() };
  }

  private select(number: number): void {
    if (this.selected !== number) this.write(['SELECT', String(number)]);
    this.selected = number;
  }

  take(): Buffer {
    const bytes = Buffer.concat(this.parts, this.length);
    this.parts = [];
    this.length = 0;
    return bytes;
  }

  reuse(): void {
    // Each piece is made anew.
  }

  finish(): Buffer {
    return this.take();
  }

  private write(words: Words): void {
    this.add(encodeWords(words));
  }

  private add(bytes: Buffer): void {
    this.parts.push(bytes);
    this.length += bytes.length;
  }
}
