import type { ByteString } from '../../resp/args.js';
import type { CommandDeclaration } from '../commands/command.js';
import { ACL_CATEGORIES } from '../commands/introspection/acl-categories.js';
import type { CommandCategories } from './command-categories.js';
import { CommandPermissions } from './command-permissions.js';
import { KeyAccess, type KeyPattern, type Selector } from './selector.js';
import type { User } from './user.js';

/** Users as rules that would make them again: what ACL LIST, GETUSER, files and CONFIG REWRITE show. */
export function describeUser(user: User, commands: CommandCategories): ByteString {
  user.description ??= [
    ...user.flags,
    ...user.passwords.map((hash) => `#${hash}`),
    describeSelector(user.root, commands),
    ...user.selectors.map((selector) => `(${describeSelector(selector, commands)})`),
  ].join(' ');
  return user.description;
}

function describeSelector(selector: Selector, commands: CommandCategories): ByteString {
  const keys = describeKeys(selector);
  const channels = selector.allChannels ? '&*' : ['resetchannels', describeChannels(selector)].join(' ').trimEnd();
  return [keys, channels, describeCommands(selector.commands, commands)].filter((part) => part !== '').join(' ');
}

export function describeKeys({ allKeys, keys }: Selector): ByteString {
  return allKeys ? '~*' : keys.map((key) => `${accessMark(key)}${key.pattern}`).join(' ');
}

function accessMark({ access }: KeyPattern): string {
  return access === KeyAccess.all ? '~' : access === KeyAccess.read ? '%R~' : '%W~';
}

export function describeChannels({ allChannels, channels }: Selector): ByteString {
  return allChannels ? '&*' : channels.map((pattern) => `&${pattern}`).join(' ');
}

/**
 * The shortest way to say it that Redis would find: all or nothing, then categories that fit best, one by one,
 * then single commands where the categories say too much or too little.
 */
export function describeCommands(permissions: CommandPermissions, commands: CommandCategories): string {
  const { general } = permissions;
  const rules = [general ? '+@all' : '-@all'];
  const said = new CommandPermissions();
  said.setAll(general);
  for (const category of fittingCategories(permissions, commands)) {
    rules.push(`${general ? '-' : '+'}@${category}`);
    setAll(said, commands.in(category), !general);
  }
  for (const command of commands.table.all()) {
    correct(command);
    for (const child of command.subcommands ?? []) correct(child);
  }
  return rules.join(' ');

  function correct(command: CommandDeclaration): void {
    const allowed = permissions.has(command);
    const name = commands.table.fullName(command);
    if (allowed !== said.has(command)) {
      rules.push(`${allowed ? '+' : '-'}${name}`);
      said.set(command, allowed);
    }
    if (allowed) return;
    for (const argument of permissions.firstArguments.get(command) ?? []) rules.push(`+${name}|${argument}`);
  }
}

/** Categories of which more commands differ from the general rule than keep to it; the best fit first. */
function fittingCategories(permissions: CommandPermissions, commands: CommandCategories): string[] {
  const left = permissions.copy();
  const chosen: string[] = [];
  for (;;) {
    let best: { name: string; wrong: number; right: number } | undefined;
    for (const name of ACL_CATEGORIES) {
      if (chosen.includes(name)) continue;
      const members = commands.in(name)!;
      const right = members.filter((command) => left.has(command) !== permissions.general).length;
      const wrong = members.length - right;
      if (right <= wrong) continue;
      if (best === undefined || wrong < best.wrong || (wrong === best.wrong && right > best.right)) {
        best = { name, wrong, right };
      }
    }
    if (best === undefined) return chosen;
    chosen.push(best.name);
    setAll(left, commands.in(best.name), permissions.general);
  }
}

function setAll(permissions: CommandPermissions, members: readonly CommandDeclaration[] = [], allowed: boolean): void {
  for (const command of members) permissions.set(command, allowed);
}
