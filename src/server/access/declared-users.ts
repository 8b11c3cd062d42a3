import type { ByteString } from '../../resp/args.js';
import { DirectiveError } from '../configuration/value-types.js';
import type { LogLevel } from '../server-options.js';
import { loadFile } from './acl-file.js';
import { AclError, applyRule, hasBlank, mergeSelectors, RuleError } from './rules.js';
import type { Users } from './users.js';

/** Why a server must not start with the users that it was given. */
export class AclStartError extends AclError {
  override readonly name = 'AclStartError';
}

/**
 * The `user` lines of redis.conf: checked when they are read, made when the server starts, since they may name
 * commands that are known only then.
 */
export class DeclaredUsers {
  private readonly declared = new Map<ByteString, readonly ByteString[]>();
  private loaded = false;

  constructor(
    private readonly users: Users,
    private readonly log: (level: LogLevel, message: string) => void,
  ) {}

  /** The words behind `user`. Throws DirectiveError for what is wrong whatever commands there are. */
  declare(words: readonly ByteString[]): void {
    const [name = '', ...rules] = words;
    if (this.declared.has(name)) throw inDeclaration(name, new RuleError('duplicateUser'));
    const trial = this.users.create(name);
    const merged = mergedSelectors(rules);
    merged.forEach((rule, i) => {
      try {
        applyRule(trial, rule, this.users.context);
      } catch (error) {
        if (!(error instanceof RuleError)) throw error;
        // Redis counts from the line's first word here.
        if (error.problem !== 'unknownCommand') throw inDeclaration(['user', ...words][i] ?? '', error);
      }
    });
    this.declared.set(name, merged);
  }

  /** Makes the users of redis.conf or of the ACL file, once. Throws AclStartError. */
  load(file: string): void {
    if (this.loaded) return;
    this.loaded = true;
    if (file !== '' && this.declared.size > 0) throw new AclStartError(BOTH);
    for (const [name, rules] of this.declared) this.make(name, rules);
    const problems = file === '' ? undefined : loadFile(this.users, file, undefined);
    if (problems !== undefined) throw new AclStartError(`Aborting Redis startup because of ACL errors: ${problems}`);
  }

  private make(name: ByteString, rules: readonly ByteString[]): void {
    if (hasBlank(name)) this.refuse('Spaces not allowed in ACL usernames');
    const user = this.users.create(name);
    for (const rule of name === 'default' ? ['reset', ...rules] : rules) {
      try {
        applyRule(user, rule, this.users.context);
      } catch (error) {
        if (!(error instanceof RuleError)) throw error;
        this.refuse(`Error loading ACL rule '${rule}' for the user named '${name}': ${error.message}`);
      }
    }
    this.users.put(user);
    if (user.enabled) return;
    this.log(
      'notice',
      `The user '${name}' is disabled (there is no 'on' modifier in the user description). Make sure this is not a configuration error.`,
    );
  }

  private refuse(problem: string): never {
    this.log('warning', problem);
    throw new AclStartError('Critical error while loading ACLs. Exiting.');
  }
}

function mergedSelectors(rules: readonly ByteString[]): ByteString[] {
  try {
    return mergeSelectors(rules);
  } catch (error) {
    throw error instanceof AclError ? new DirectiveError(error.message) : error;
  }
}

function inDeclaration(word: ByteString, { message }: RuleError): DirectiveError {
  const shown = /^[<>]/.test(word) ? `${word[0]}(redacted)` : word;
  return new DirectiveError(`Error in user declaration '${shown}': ${message}`);
}

const BOTH =
  'Configuring Redis with users defined in redis.conf and at the same setting an ACL file path is invalid. ' +
  'This setup is very likely to lead to configuration errors and security holes, please define either an ACL ' +
  'file or declare users directly in your redis.conf, but not both.';
