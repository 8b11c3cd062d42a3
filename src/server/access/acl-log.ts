import type { ByteString } from '../../resp/args.js';

/**
 * ACL LOG: what was denied lately, newest first. The same denial again within a minute is counted instead of
 * told twice.
 */
export class AclLog {
  private readonly list: AclLogEntry[] = [];

  /** `limit`: acllog-max-len at the moment. */
  constructor(private readonly limit: () => number) {}

  get entries(): readonly AclLogEntry[] {
    return this.list;
  }

  add(event: AclEvent, client: ByteString, now: number): void {
    const at = this.list.slice(0, LOOKED_AT).findIndex((entry) => isSame(entry, event, now));
    if (at >= 0) {
      const [entry] = this.list.splice(at, 1) as [AclLogEntry];
      this.list.unshift({ ...entry, count: entry.count + 1, client, time: now });
      return;
    }
    this.list.unshift({ ...event, count: 1, client, time: now });
    if (this.list.length > this.limit()) this.list.length = this.limit();
  }

  clear(): void {
    this.list.length = 0;
  }
}

export interface AclEvent {
  readonly reason: 'command' | 'key' | 'channel' | 'auth';
  readonly context: 'toplevel' | 'multi' | 'lua';
  /** The command, key or channel. */
  readonly object: ByteString;
  readonly user: ByteString;
}

export interface AclLogEntry extends AclEvent {
  readonly count: number;
  /** As CLIENT LIST tells it. */
  readonly client: ByteString;
  readonly time: number;
}

/** How many entries are looked at for one to be counted again, and for how many milliseconds it may be. */
const LOOKED_AT = 10;
const TOGETHER = 60_000;

function isSame(entry: AclLogEntry, event: AclEvent, now: number): boolean {
  return (
    entry.reason === event.reason &&
    entry.context === event.context &&
    entry.object === event.object &&
    entry.user === event.user &&
    Math.abs(now - entry.time) <= TOGETHER
  );
}
