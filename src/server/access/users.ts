import type { ByteString } from '../../resp/args.js';
import type { CommandTable } from '../commands/command-table.js';
import type { Session } from '../session/session.js';
import { AclLog } from './acl-log.js';
import { CommandCategories } from './command-categories.js';
import { Permissions } from './denial.js';
import { describeUser } from './describe.js';
import { KeyNeeds } from './key-needs.js';
import { AclError, applyRule, mergeSelectors, type RuleContext, RuleError } from './rules.js';
import { coversChannel } from './selector.js';
import { User } from './user.js';

export interface UsersOptions {
  readonly table: CommandTable;
  readonly sessions: ReadonlySet<Session>;
  /** `acl-pubsub-default` and `acllog-max-len` as they are now. */
  readonly settings: { readonly aclPubsubDefault: string; readonly aclLogLength: number };
}

/**
 * The users of a server and who they are logged in as. What changes a user reaches its connections at once:
 * permissions are looked at for each command, subscriptions that are no longer allowed end their connection,
 * and so does the end of the user.
 */
export class Users {
  /** Who a connection is before AUTH: always the same object. */
  readonly default: User;
  /** Who the program itself is: it may do everything, and no rule changes that. */
  readonly trusted: User;
  readonly commands: CommandCategories;
  readonly permissions: Permissions;
  readonly log: AclLog;
  private readonly byName = new Map<ByteString, User>();

  constructor(private readonly options: UsersOptions) {
    this.commands = new CommandCategories(options.table);
    this.permissions = new Permissions(this.commands, new KeyNeeds(options.table));
    this.log = new AclLog(() => options.settings.aclLogLength);
    this.default = this.createDefault();
    this.trusted = this.createDefault();
    this.byName.set('default', this.default);
  }

  get(name: ByteString): User | undefined {
    return this.byName.get(name);
  }

  /** In the order of their names' bytes. */
  all(): User[] {
    return [...this.byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Each user as a line of a file: "user NAME rules". */
  lines(): ByteString[] {
    return this.all().map((user) => `user ${user.name} ${describeUser(user, this.commands)}`);
  }

  /** A connection that has not logged in may do nothing else. */
  get requiresLogIn(): boolean {
    return !this.default.isOpen;
  }

  /** What rules refer to at this moment. */
  get context(): RuleContext {
    return { commands: this.commands, allChannels: this.options.settings.aclPubsubDefault === 'allchannels' };
  }

  create(name: ByteString): User {
    return new User(name, this.context.allChannels);
  }

  /** A user made from a configuration; one of the same name becomes it. */
  put(user: User): void {
    const existing = this.byName.get(user.name);
    if (existing === undefined) {
      this.byName.set(user.name, user);
      return;
    }
    existing.become(user);
    this.refresh(existing);
  }

  private createDefault(): User {
    const user = new User('default', true);
    user.root.allKeys = true;
    user.root.commands.setAll(true);
    user.enabled = user.noPassword = true;
    user.changed();
    return user;
  }

  /** ACL SETUSER: all of the rules or none. Throws AclError. */
  set(name: ByteString, words: readonly ByteString[]): void {
    const existing = this.byName.get(name);
    const changed = this.create(name);
    if (existing) changed.become(existing);
    for (const rule of mergeSelectors(words)) {
      try {
        applyRule(changed, rule, this.context);
      } catch (error) {
        if (!(error instanceof RuleError)) throw error;
        throw new AclError(`Error in ACL SETUSER modifier '${rule}': ${error.message}`);
      }
    }
    if (existing === undefined) this.byName.set(name, changed);
    else {
      this.endForbiddenSubscribers(existing, changed);
      existing.become(changed);
      this.refresh(existing);
    }
  }

  /** ACL DELUSER; `own` is closed after its reply. */
  delete(name: ByteString, own: Session | undefined): boolean {
    const user = this.byName.get(name);
    if (user === undefined || user === this.default) return false;
    this.byName.delete(name);
    this.endSessionsOf(user, own);
    return true;
  }

  /** ACL LOAD: these users instead of those there are; the default user stays itself. */
  replaceAll(users: ReadonlyMap<ByteString, User>, own: Session | undefined): void {
    const before = [...this.byName.values()];
    this.byName.clear();
    for (const [name, user] of users) this.byName.set(name, user);
    this.default.become(users.get('default') ?? this.createDefault());
    this.byName.set('default', this.default);
    for (const user of before) if (user !== this.default) this.endSessionsOf(user, own);
    this.refresh(this.default);
  }

  /** `requirepass`: the default user's password; an empty one means that none is needed. */
  setDefaultPassword(password: ByteString): void {
    applyRule(this.default, 'resetpass', this.context);
    applyRule(this.default, password === '' ? 'nopass' : `>${password}`, this.context);
    this.refresh(this.default);
  }

  /** AUTH: false when the password is wrong, or there is no such user. */
  logIn(session: Session, name: ByteString, password: ByteString): boolean {
    // An unknown user costs as much as a known one.
    const user = this.byName.get(name);
    if (!(user ?? NOBODY).accepts(password) || user === undefined) return false;
    session.user = user;
    session.authenticated = true;
    session.refresh();
    return true;
  }

  /** As a new connection starts; RESET goes back to it. */
  logOut(session: Session): void {
    session.user = this.default;
    session.authenticated = this.default.isOpen;
  }

  private refresh(changed: User): void {
    for (const session of this.options.sessions) {
      if (changed === this.default || session.user === changed) session.refresh();
    }
  }

  private endSessionsOf(user: User, own: Session | undefined): void {
    for (const session of [...this.options.sessions]) {
      if (session.user !== user) continue;
      session.user = this.default;
      session.authenticated = false;
      session.refresh();
      session.closing = true;
      if (session !== own) session.peer.close();
    }
  }

  /** Ends the connections that listen to channels which the user may not listen to any more. */
  private endForbiddenSubscribers(user: User, upcoming: User): void {
    if (upcoming.all.some((selector) => selector.allChannels)) return;
    const allowed = upcoming.all.flatMap((selector) => selector.channels);
    const isForbidden = (session: Session) =>
      [...session.patterns].some((pattern) => !coversChannel(allowed, pattern, true)) ||
      [...session.channels, ...session.shardChannels].some((channel) => !coversChannel(allowed, channel, false));
    const lost = user.all.some(
      (selector) => selector.allChannels || selector.channels.some((channel) => !allowed.includes(channel)),
    );
    if (!lost) return;
    for (const session of [...this.options.sessions]) {
      if (session.user !== user || session.subscriptions === 0 || !isForbidden(session)) continue;
      session.closing = true;
      session.peer.close();
    }
  }
}

const NOBODY = new User('', false);
