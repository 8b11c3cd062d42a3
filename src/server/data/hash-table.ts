import type { Area } from '../../resp/area.js';
import type { Args, ByteString } from '../../resp/args.js';
import type { ReplySink } from '../../resp/sink.js';
import type { IndexTable } from '../keyspace/index-table.js';
import { MemberTable, PLACES } from './member-table.js';
import { ValueStore } from './value-store.js';

/** Fields, found by their hash, and values by the same places. */
export class HashTable {
  private fields = new MemberTable();
  private values = new ValueStore();
  /** Removals keep the order of the fields, as long as they are few. */
  ordered = true;

  get index(): IndexTable {
    return this.fields.hashTable;
  }

  get size(): number {
    return this.values.size;
  }

  find(args: Args, i: number): number {
    return this.fields.find(args, i);
  }

  fetch(commands: readonly Args[], members: Int32Array, count: number): number {
    return this.fields.fetch(commands, members, count) ^ this.values.fetch(PLACES, count);
  }

  field(place: number): ByteString {
    return this.fields.member(place);
  }

  value(place: number): ByteString {
    return this.values.text(place);
  }

  valueLength(place: number): number {
    return this.values.length(place);
  }

  replyField(place: number, reply: ReplySink): void {
    reply.bulk(this.fields.member(place));
  }

  replyValue(place: number, reply: ReplySink): void {
    this.values.reply(place, reply);
  }

  /** Adds the field that an argument names, which is not there. */
  add(args: Args, i: number, area: Area, start: number, length: number): void {
    this.fields.add(args.text(i));
    this.values.push(area, start, length);
  }

  setValue(place: number, area: Area, start: number, length: number): void {
    this.values.set(place, area, start, length);
  }

  remove(place: number): void {
    if (this.ordered) {
      this.fields.removeInOrder(place);
      this.values.removeInOrder(place);
      return;
    }
    this.fields.removeBySwap(place);
    this.values.removeBySwap(place);
  }

  scan(cursor: number, visit: (place: number) => void): number {
    return this.fields.scan(cursor, visit);
  }

  clone(): HashTable {
    const copy = new HashTable();
    copy.fields = this.fields.clone();
    copy.values = this.values.clone();
    copy.ordered = this.ordered;
    return copy;
  }

  memory(): number {
    return this.fields.memory() + this.values.memory();
  }
}
