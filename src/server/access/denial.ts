import type { Args, ByteString } from '../../resp/args.js';
import type { CommandDeclaration } from '../commands/command.js';
import { CommandError } from '../errors.js';
import type { CommandCategories } from './command-categories.js';
import type { KeyNeeds } from './key-needs.js';
import type { Selector } from './selector.js';
import type { User } from './user.js';

/** Why a user may not run a command: the command itself, or a key or channel and where it stands. */
export interface Denial {
  readonly reason: 'command' | 'key' | 'channel';
  readonly place: number;
}

/** Decides whether users may run commands. */
export class Permissions {
  constructor(
    private readonly commands: CommandCategories,
    private readonly keys: KeyNeeds,
  ) {}

  /** Undefined: it may. The denial is that of the selector that came furthest. */
  denial(user: User, command: CommandDeclaration, args: Args): Denial | undefined {
    if (user.unrestricted) return undefined;
    let furthest = this.denialBy(user.root, command, args);
    if (furthest === undefined) return undefined;
    for (const selector of user.selectors) {
      const denial = this.denialBy(selector, command, args);
      if (denial === undefined) return undefined;
      if (isFurther(denial, furthest)) furthest = denial;
    }
    return furthest;
  }

  /** Whether one selector allows the command and, with it, the access to every key. */
  allowsWithEveryKey(user: User, command: CommandDeclaration, args: Args, needed: number): boolean {
    return user.all.some(
      (selector) => selector.allowsEveryKey(needed) && this.denialBy(selector, command, args) === undefined,
    );
  }

  private denialBy(selector: Selector, command: CommandDeclaration, args: Args): Denial | undefined {
    const isSubcommand = this.commands.parentOf(command) !== undefined;
    if (!command.flags.includes('no_auth') && !selector.commands.allows(command, args, isSubcommand)) {
      return { reason: 'command', place: 0 };
    }
    const key = selector.allKeys ? 0 : this.forbiddenKey(selector, command, args);
    if (key > 0) return { reason: 'key', place: key };
    const channel = selector.allChannels ? 0 : forbiddenChannel(selector, command, args);
    return channel > 0 ? { reason: 'channel', place: channel } : undefined;
  }

  private forbiddenKey(selector: Selector, command: CommandDeclaration, args: Args): number {
    let forbidden = 0;
    this.keys.each(command, args, (place, needed) => {
      if (!selector.allowsKey(args.text(place), needed)) forbidden = place;
      return forbidden > 0;
    });
    return forbidden;
  }
}

const ORDER = { command: 1, key: 2, channel: 3 } as const;

function isFurther(denial: Denial, than: Denial): boolean {
  const difference = ORDER[denial.reason] - ORDER[than.reason];
  return difference > 0 || (difference === 0 && denial.place > than.place);
}

function forbiddenChannel(selector: Selector, command: CommandDeclaration, args: Args): number {
  const channels = CHANNELS[command.name];
  if (channels === undefined || command.group !== 'pubsub') return 0;
  const last = channels.many ? args.count - 1 : 1;
  for (let i = 1; i <= last; i++) if (!selector.allowsChannel(args.text(i), channels.arePatterns)) return i;
  return 0;
}

/** Leaving a channel needs no permission. */
const CHANNELS: Readonly<Record<string, { readonly many: boolean; readonly arePatterns: boolean }>> = {
  subscribe: { many: true, arePatterns: false },
  ssubscribe: { many: true, arePatterns: false },
  psubscribe: { many: true, arePatterns: true },
  publish: { many: false, arePatterns: false },
  spublish: { many: false, arePatterns: false },
};

/** What a denied command answers where it was sent. */
export class DeniedError extends CommandError {
  constructor(
    readonly denial: Denial,
    fullName: string,
  ) {
    super(denialText(denial, fullName));
  }
}

function denialText({ reason }: Denial, fullName: string): string {
  switch (reason) {
    case 'command':
      return `NOPERM this user has no permissions to run the '${fullName}' command`;
    case 'key':
      return 'NOPERM this user has no permissions to access one of the keys used as arguments';
    case 'channel':
      return 'NOPERM this user has no permissions to access one of the channels used as arguments';
  }
}

const SINCE_QUEUED = {
  command: 'no permission to execute the command or subcommand',
  key: 'no permission to touch the specified keys',
  channel: 'no permission to access one of the channels used as arguments',
} as const;

/** Where EXEC finds that the command is no longer allowed. */
export function denialInExec({ reason }: Denial): string {
  return `NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is no longer allowed for the following reason: ${SINCE_QUEUED[reason]}`;
}

const IN_SCRIPT = {
  command: "can't run this command or subcommand",
  key: "can't access at least one of the keys mentioned in the command arguments",
  channel: "can't publish to the channel mentioned in the command",
} as const;

export function denialInScript({ reason }: Denial): string {
  return `ERR The user executing the script ${IN_SCRIPT[reason]}`;
}

/** ACL DRYRUN's. */
export function denialOfDryRun({ reason, place }: Denial, fullName: string, args: Args): ByteString {
  if (reason === 'command') return `This user has no permissions to run the '${fullName}' command`;
  return `This user has no permissions to access the '${args.text(place)}' ${reason}`;
}
