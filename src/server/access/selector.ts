import { globMatches } from '../../core/glob.js';
import type { ByteString } from '../../resp/args.js';
import { CommandPermissions } from './command-permissions.js';

/** What a key pattern allows, and what a command needs of a key, as bits. */
export const KeyAccess = { none: 0, read: 1, write: 2, all: 3 } as const;

export interface KeyPattern {
  readonly pattern: ByteString;
  /** Bits of KeyAccess. */
  readonly access: number;
}

/** One set of permissions of a user: commands, keys and channels that have to be allowed together. */
export class Selector {
  allKeys = false;
  allChannels: boolean;
  keys: readonly KeyPattern[] = [];
  channels: readonly ByteString[] = [];
  commands = new CommandPermissions();

  constructor(allChannels: boolean) {
    this.allChannels = allChannels;
  }

  /** Nothing is forbidden: no need to look at what a command does. */
  get unrestricted(): boolean {
    return this.allKeys && this.allChannels && this.commands.unrestricted;
  }

  allowsKey(key: ByteString, needed: number): boolean {
    if (this.allKeys) return true;
    return this.keys.some(({ pattern, access }) => (access & needed) === needed && globMatches(pattern, key));
  }

  /** Every key there may be: what SORT needs for keys made from data. */
  allowsEveryKey(needed: number): boolean {
    return this.allKeys || this.keys.some(({ pattern, access }) => pattern === '*' && (access & needed) === needed);
  }

  /** A pattern (PSUBSCRIBE) has to be one of those allowed, letter by letter. */
  allowsChannel(channel: ByteString, isPattern: boolean): boolean {
    return this.allChannels || coversChannel(this.channels, channel, isPattern);
  }

  copy(): Selector {
    const copy = new Selector(this.allChannels);
    copy.allKeys = this.allKeys;
    copy.keys = this.keys;
    copy.channels = this.channels;
    copy.commands = this.commands.copy();
    return copy;
  }
}

export function coversChannel(allowed: readonly ByteString[], channel: ByteString, isPattern: boolean): boolean {
  return allowed.some((pattern) => (isPattern ? pattern === channel : globMatches(pattern, channel)));
}
