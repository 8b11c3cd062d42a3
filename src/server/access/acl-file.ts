import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { systemReason } from '../../core/system-reason.js';
import type { ByteString } from '../../resp/args.js';
import type { Session } from '../session/session.js';
import { AclError, applyRule, hasBlank, mergeSelectors, RuleError } from './rules.js';
import type { User } from './user.js';
import type { Users } from './users.js';

/**
 * The file that `aclfile` names: a line "user NAME rules" for each user and nothing else. It is taken as a
 * whole or not at all. Answers all that is wrong with it, as one line, and then nothing was changed.
 */
export function loadFile(users: Users, file: string, own: Session | undefined): string | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'latin1');
  } catch (error) {
    return `Error loading ACLs, opening file '${file}': ${systemReason(error)}`;
  }
  const found = new Map<ByteString, User>();
  const problems = text
    .split('\n')
    .map((line) => line.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ''))
    .map((line, i) => (line === '' ? '' : readLine(users, found, line, `${file}:${i + 1}`)))
    .join('');
  if (problems !== '') {
    return `${problems}WARNING: ACL errors detected, no change to the previously active ACL rules was performed`;
  }
  users.replaceAll(found, own);
  return undefined;
}

/** Written beside and renamed, so that the file is never half there. Throws what the system says. */
export function saveFile(users: Users, file: string): void {
  const beside = `${file}.tmp-${process.pid}`;
  const text = users.lines().map((line) => `${line}\n`);
  try {
    writeFileSync(beside, text.join(''), { encoding: 'latin1', mode: 0o600 });
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}

/** Adds the line's user; answers what is wrong with it, with a blank behind, or nothing. */
function readLine(users: Users, found: Map<ByteString, User>, line: string, place: string): string {
  const [keyword, name, ...words] = line.split(' ');
  if (keyword !== 'user' || name === undefined) {
    return `${place} should start with user keyword followed by the username. `;
  }
  if (hasBlank(name)) return `'${place}: username '${name}' contains invalid characters. `;
  if (found.has(name)) {
    return `WARNING: Duplicate user '${name}' found on line ${place.slice(place.lastIndexOf(':') + 1)}. `;
  }
  const user = users.create(name);
  found.set(name, user);
  try {
    return readRules(users, user, mergeSelectors(words), place);
  } catch (error) {
    if (!(error instanceof AclError)) throw error;
    return `${place}: Unmatched parenthesis in selector definition.`;
  }
}

/** Every unknown command is told, of other mistakes the first: they may follow from each other, and hold secrets. */
function readRules(users: Users, user: User, rules: readonly ByteString[], place: string): string {
  let problems = '';
  let failed = false;
  for (const rule of rules.map((text) => text.replace(/^[\t\r\n]+|[\t\r\n]+$/g, ''))) {
    try {
      applyRule(user, rule, users.context);
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      if (error.problem === 'unknownCommand') {
        problems += `${place}: Error in applying operation '${rule}': ${error.message}. `;
      } else if (!failed) {
        problems += `${place}: ${error.message}. `;
        failed = true;
      }
    }
  }
  return problems;
}
