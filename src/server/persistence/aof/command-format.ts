import { encodeWords } from '../../../resp/request-encoder.js';
import type { Ref } from '../../keyspace/memory.js';
import type { Server } from '../../server.js';
import type { SnapshotFormat, SnapshotSource } from '../snapshot.js';
import { keyCommands, type Words } from './write-commands.js';

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
    if (this.selected !== number) this.write(['SELECT', String(number)]);
    this.selected = number;
    for (const words of keyCommands(entries, ref)) this.write(words);
  }

  take(): Buffer {
    const bytes = Buffer.concat(this.parts, this.length);
    this.parts = [];
    this.length = 0;
    return bytes;
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
