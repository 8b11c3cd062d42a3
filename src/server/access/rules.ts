import type { ByteString } from '../../resp/args.js';
import { splitWords } from '../../resp/request-decoder.js';
import type { CommandCategories } from './command-categories.js';
import { hashPassword, isPasswordHash } from './passwords.js';
import { KeyAccess, Selector } from './selector.js';
import type { User } from './user.js';

/**
 * The language of ACL SETUSER and of `user` lines: each rule changes a user a little. A rule that cannot be
 * applied throws RuleError; the user is then half changed, so that callers work on a copy.
 */
export class RuleError extends Error {
  override readonly name = 'RuleError';

  constructor(
    readonly problem: keyof typeof PROBLEMS,
    message: string = PROBLEMS[problem],
  ) {
    super(message);
  }
}

const PROBLEMS = {
  unknownCommand: 'Unknown command or category name in ACL',
  syntax: 'Syntax error',
  allKeysAlready:
    "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty list of patterns",
  allChannelsAlready:
    "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. Try 'resetchannels' to start with an empty list of channels",
  noSuchPassword: 'The password you are trying to remove from the user does not exist',
  badHash: 'The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters',
  duplicateUser: 'Duplicate user found. A user can only be defined once in config files',
  firstArgumentOfSubcommand: 'Allowing first-arg of a subcommand is not supported',
} as const;

/** Users that cannot be made as they are described; the message is what the client is told. */
export class AclError extends Error {
  override readonly name: string = 'AclError';
}

/** What rules refer to: the commands, and what new selectors allow (`acl-pubsub-default`). */
export interface RuleContext {
  readonly commands: CommandCategories;
  readonly allChannels: boolean;
}

export function applyRule(user: User, rule: ByteString, context: RuleContext): void {
  if (rule === '') return;
  const word = USER_WORDS[keyword(rule)];
  if (word !== undefined) word(user, context);
  else if (/^[>#<!]/.test(rule)) applyPassword(user, rule);
  else if (rule.startsWith('(') && rule.endsWith(')')) {
    user.selectors = [...user.selectors, parseSelector(rule.slice(1, -1), context)];
  } else applySelectorRule(user.root, rule, context);
  user.changed();
}

const USER_WORDS: Readonly<Record<string, (user: User, context: RuleContext) => void>> = {
  on: (user) => {
    user.enabled = true;
  },
  off: (user) => {
    user.enabled = false;
  },
  'skip-sanitize-payload': (user) => {
    user.sanitizePayload = false;
  },
  'sanitize-payload': (user) => {
    user.sanitizePayload = true;
  },
  nopass: (user) => {
    user.noPassword = true;
    user.passwords = [];
  },
  resetpass: (user) => {
    user.noPassword = false;
    user.passwords = [];
  },
  clearselectors: (user) => {
    user.selectors = [];
  },
  reset: (user, { allChannels }) => {
    user.enabled = user.noPassword = false;
    user.sanitizePayload = true;
    user.passwords = [];
    user.root = new Selector(allChannels);
    user.selectors = [];
  },
};

/** Words end at a zero byte, as they do in Redis. */
function keyword(rule: ByteString): string {
  return rule.split('\0', 1)[0]!.toLowerCase();
}

function applyPassword(user: User, rule: ByteString): void {
  const mark = rule[0]!;
  const rest = rule.slice(1);
  if ((mark === '#' || mark === '!') && !isPasswordHash(rest)) throw new RuleError('badHash');
  const hash = mark === '#' || mark === '!' ? rest : hashPassword(rest);
  const known = user.passwords.includes(hash);
  if (mark === '>' || mark === '#') {
    if (!known) user.passwords = [...user.passwords, hash];
    user.noPassword = false;
  } else if (known) user.passwords = user.passwords.filter((one) => one !== hash);
  else throw new RuleError('noSuchPassword');
}

/** What stands between the parentheses. */
function parseSelector(text: ByteString, context: RuleContext): Selector {
  const selector = new Selector(context.allChannels);
  for (const rule of splitWords(text) ?? []) applySelectorRule(selector, rule, context);
  return selector;
}

function applySelectorRule(selector: Selector, rule: ByteString, { commands }: RuleContext): void {
  const word = SELECTOR_WORDS[keyword(rule)];
  if (word !== undefined) word(selector);
  else if (rule.startsWith('~') || rule.startsWith('%')) addKeyPattern(selector, rule);
  else if (rule.startsWith('&')) addChannel(selector, rule.slice(1));
  else if (rule.startsWith('+@') || rule.startsWith('-@')) setCategory(selector, rule, commands);
  else if (rule.startsWith('+')) allowCommand(selector, rule.slice(1), commands);
  else if (rule.startsWith('-')) selector.commands.set(findCommand(rule.slice(1), commands), false);
  else throw new RuleError('syntax');
}

const allKeys = (selector: Selector) => {
  selector.allKeys = true;
  selector.keys = [];
};
const allChannels = (selector: Selector) => {
  selector.allChannels = true;
  selector.channels = [];
};
const allCommands = (selector: Selector) => selector.commands.setAll(true);
const noCommands = (selector: Selector) => selector.commands.setAll(false);

const SELECTOR_WORDS: Readonly<Record<string, (selector: Selector) => void>> = {
  allkeys: allKeys,
  '~*': allKeys,
  resetkeys: (selector) => {
    selector.allKeys = false;
    selector.keys = [];
  },
  allchannels: allChannels,
  '&*': allChannels,
  resetchannels: (selector) => {
    selector.allChannels = false;
    selector.channels = [];
  },
  allcommands: allCommands,
  '+@all': allCommands,
  nocommands: noCommands,
  '-@all': noCommands,
};

function addKeyPattern(selector: Selector, rule: ByteString): void {
  if (selector.allKeys) throw new RuleError('allKeysAlready');
  const [access, pattern] = rule.startsWith('~') ? [KeyAccess.all, rule.slice(1)] : readKeyAccess(rule.slice(1));
  if (hasBlank(pattern)) throw new RuleError('syntax');
  const known = selector.keys.findIndex((one) => one.pattern === pattern);
  const added = { pattern, access };
  selector.keys =
    known < 0
      ? [...selector.keys, added]
      : selector.keys.map((one, i) => (i === known ? { pattern, access: one.access | access } : one));
}

/** "R~pattern", "W~pattern", "RW~pattern". */
function readKeyAccess(text: ByteString): readonly [access: number, pattern: ByteString] {
  const [, letters = '', pattern = ''] = /^([RW]+)(?:~(.*))?$/is.exec(text) ?? [];
  const upper = letters.toUpperCase();
  if (!['R', 'W', 'RW', 'WR'].includes(upper)) throw new RuleError('syntax');
  const read = upper.includes('R') ? KeyAccess.read : KeyAccess.none;
  return [read | (upper.includes('W') ? KeyAccess.write : KeyAccess.none), pattern];
}

function addChannel(selector: Selector, pattern: ByteString): void {
  if (selector.allChannels) throw new RuleError('allChannelsAlready');
  if (hasBlank(pattern)) throw new RuleError('syntax');
  if (!selector.channels.includes(pattern)) selector.channels = [...selector.channels, pattern];
}

function setCategory(selector: Selector, rule: ByteString, commands: CommandCategories): void {
  const members = commands.in(keyword(rule).slice(2));
  if (members === undefined) throw new RuleError('unknownCommand');
  for (const command of members) selector.commands.set(command, rule.startsWith('+'));
}

/** "get", "config|get", or "select|0": a command that is allowed with one first argument. */
function allowCommand(selector: Selector, rule: ByteString, commands: CommandCategories): void {
  const name = rule.split('\0', 1)[0]!;
  const bar = name.lastIndexOf('|');
  if (bar < 0) {
    selector.commands.set(findCommand(name, commands), true);
    return;
  }
  const command = findCommand(name.slice(0, bar), commands);
  const argument = name.slice(bar + 1);
  if (commands.parentOf(command) !== undefined) throw new RuleError('firstArgumentOfSubcommand');
  if (argument === '') throw new RuleError('syntax');
  if (command.subcommands === undefined) selector.commands.allowFirstArgument(command, argument);
  else selector.commands.set(findCommand(name, commands), true);
}

function findCommand(text: ByteString, commands: CommandCategories) {
  const command = commands.find(text.split('\0', 1)[0]!);
  if (command === undefined) throw new RuleError('unknownCommand');
  return command;
}

/** Names and patterns hold no blanks, so that rules can be written in lines. */
export function hasBlank(text: ByteString): boolean {
  return /[ \t\n\v\f\r\0]/.test(text);
}

/** Rules of one selector that came as several words are put together; throws for a parenthesis never closed. */
export function mergeSelectors(words: readonly ByteString[]): ByteString[] {
  const merged: ByteString[] = [];
  let open: { readonly first: ByteString; text: ByteString } | undefined;
  for (const word of words) {
    if (word.startsWith('(') && !word.endsWith(')')) open = { first: word, text: word };
    else if (open === undefined) merged.push(word);
    else {
      open.text += ` ${word}`;
      if (!word.endsWith(')')) continue;
      merged.push(open.text);
      open = undefined;
    }
  }
  if (open !== undefined) throw new AclError(`Unmatched parenthesis in acl selector starting at '${open.first}'.`);
  return merged;
}
