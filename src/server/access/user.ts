import type { ByteString } from '../../resp/args.js';
import { matchesAny } from './passwords.js';
import { Selector } from './selector.js';

/**
 * A user: how one becomes it, and what it may do. It may run a command when one of its selectors, the root one
 * or those in parentheses, allows all of it. Changed by rules (rules.ts) only, as a whole.
 */
export class User {
  enabled = false;
  /** Any password will do. */
  noPassword = false;
  /** `sanitize-payload` and `skip-sanitize-payload`; neither until one is named. */
  sanitizePayload: boolean | undefined;
  passwords: readonly string[] = [];
  root: Selector;
  selectors: readonly Selector[] = [];
  /** As ACL LIST tells it; made when asked for. */
  description: string | undefined;
  /** No command needs a look at permissions. */
  unrestricted = false;

  constructor(
    readonly name: ByteString,
    allChannels: boolean,
  ) {
    this.root = new Selector(allChannels);
  }

  get all(): readonly Selector[] {
    return [this.root, ...this.selectors];
  }

  accepts(password: ByteString): boolean {
    const matches = matchesAny(this.passwords, password);
    return this.enabled && (this.noPassword || matches);
  }

  /** Everybody may come in as this user, without AUTH. */
  get isOpen(): boolean {
    return this.enabled && this.noPassword;
  }

  /** Takes over all but the name. */
  become(other: User): void {
    this.enabled = other.enabled;
    this.noPassword = other.noPassword;
    this.sanitizePayload = other.sanitizePayload;
    this.passwords = other.passwords;
    this.root = other.root.copy();
    this.selectors = other.selectors.map((selector) => selector.copy());
    this.changed();
  }

  changed(): void {
    this.description = undefined;
    this.unrestricted = this.all.some((selector) => selector.unrestricted);
  }

  /** "on", "nopass" …, in the order in which they are told. */
  get flags(): string[] {
    const flags = [this.enabled ? 'on' : 'off'];
    if (this.noPassword) flags.push('nopass');
    if (this.sanitizePayload !== undefined) {
      flags.push(this.sanitizePayload ? 'sanitize-payload' : 'skip-sanitize-payload');
    }
    return flags;
  }
}
