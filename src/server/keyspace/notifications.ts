import type { ByteString } from '../../resp/args.js';
import type { Database } from './database.js';

/** Classes of keyspace events, `notify-keyspace-events`'s letters. */
export const NOTIFY = {
  keyspace: 1 << 0, // K
  keyevent: 1 << 1, // E
  generic: 1 << 2, // g
  string: 1 << 3, // $
  list: 1 << 4, // l
  set: 1 << 5, // s
  hash: 1 << 6, // h
  zset: 1 << 7, // z
  expired: 1 << 8, // x
  evicted: 1 << 9, // e
  stream: 1 << 10, // t
  keyMiss: 1 << 11, // m
  newKey: 1 << 14, // n
  module: 1 << 13, // d
} as const;

export type EventClass = number;

/** Keyspace notifications: off until `notify-keyspace-events` names a class and a channel. */
export class Notifications {
  constructor(
    private readonly settings: { notifyFlags: EventClass },
    private readonly publishMessage: (channel: ByteString, message: ByteString) => void,
  ) {}

  get flags(): EventClass {
    return this.settings.notifyFlags;
  }

  set flags(flags: EventClass) {
    this.settings.notifyFlags = flags;
  }

  wants(type: EventClass): boolean {
    return (this.settings.notifyFlags & type) !== 0;
  }

  publish(db: Database, type: EventClass, event: string, key: ByteString): void {
    const flags = this.settings.notifyFlags;
    if ((flags & type) === 0) return;
    if (flags & NOTIFY.keyspace) this.publishMessage(`__keyspace@${db.number}__:${key}`, event);
    if (flags & NOTIFY.keyevent) this.publishMessage(`__keyevent@${db.number}__:${event}`, key);
  }
}

const LETTERS: readonly (readonly [string, number])[] = [
  ['g', NOTIFY.generic],
  ['$', NOTIFY.string],
  ['l', NOTIFY.list],
  ['s', NOTIFY.set],
  ['h', NOTIFY.hash],
  ['z', NOTIFY.zset],
  ['x', NOTIFY.expired],
  ['e', NOTIFY.evicted],
  ['t', NOTIFY.stream],
  ['d', NOTIFY.module],
];
const ALL = LETTERS.reduce((flags, [, flag]) => flags | flag, 0);
const MORE: readonly (readonly [string, number])[] = [
  ['K', NOTIFY.keyspace],
  ['E', NOTIFY.keyevent],
  ['m', NOTIFY.keyMiss],
];
const NEW_KEY: readonly [string, number] = ['n', NOTIFY.newKey];

/** The flags that the letters name ("A" is all types), undefined for a letter that names none. */
export function parseNotifyFlags(text: string): number | undefined {
  let flags = 0;
  for (const letter of text) {
    const found = letter === 'A' ? ALL : [...LETTERS, ...MORE, NEW_KEY].find(([name]) => name === letter)?.[1];
    if (found === undefined) return undefined;
    flags |= found;
  }
  return flags;
}

/** The flags as CONFIG GET prints them. */
export function formatNotifyFlags(flags: number): string {
  // As Redis prints them: "n" is lost behind "A".
  const types =
    (flags & ALL) === ALL
      ? 'A'
      : [...LETTERS, NEW_KEY]
          .filter(([, flag]) => flags & flag)
          .map(([name]) => name)
          .join('');
  return (
    types +
    MORE.filter(([, flag]) => flags & flag)
      .map(([name]) => name)
      .join('')
  );
}
