import { globMatches } from '../../core/glob.js';
import { splitWords } from '../../resp/request-decoder.js';
import type { Settings } from '../settings.js';
import type { Directive } from './directive.js';
import { directives } from './directives.js';
import { DirectiveError } from './value-types.js';

/**
 * The values of all directives: those that act live in the server's settings, the others here. Values are read
 * and written as the texts of redis.conf.
 */
export class Configuration {
  /** The file that was read at the start, for CONFIG REWRITE and INFO. */
  file: string | undefined;
  /** Moves listening sockets to where the directives, of which those named have changed, say now; throws RefusedChange. */
  relisten: ((changed: ReadonlySet<string>) => Promise<void>) | undefined;
  private readonly values = new Map<Directive, unknown>();

  private readonly acts = new Map<Directive, () => void>();

  constructor(
    private readonly settings: Settings,
    private readonly lines: Partial<Readonly<Record<ExtraLine, (words: readonly string[]) => void>>> = {},
  ) {
    for (const directive of directives) {
      if (directive.setting === undefined) this.values.set(directive, directive.initial);
    }
    this.put(known('dir')!, process.cwd());
  }

  /** By any of its names; undefined for a directive that does not exist. */
  get(name: string): string | undefined {
    const directive = known(name);
    return directive && this.format(directive);
  }

  /** The directive's main name. */
  nameOf(name: string): string | undefined {
    return known(name)?.name;
  }

  /** Names, aliases too, that match the glob, with their values, in the order of the table. */
  matching(pattern: string): [string, string][] {
    const exact = known(pattern);
    if (exact) return [[pattern, this.format(exact)]];
    const found: [string, string][] = [];
    for (const directive of directives.filter((one) => one.hidden !== true)) {
      for (const name of namesOf(directive)) {
        if (globMatches(pattern, name, true)) found.push([name, this.format(directive)]);
      }
    }
    return found;
  }

  /** Calls `act` after CONFIG SET has changed the directive; what it throws refuses the change. */
  whenSet(name: string, act: () => void): void {
    this.acts.set(known(name)!, act);
  }

  /** One line of a file or of the command line: the directive's name and its words. */
  load(name: string, values: readonly string[]): void {
    const directive = known(name);
    const extra = name.toLowerCase();
    if (isExtraLine(extra) && EXTRA_LINES[extra](values.length)) {
      if (extra === 'sentinel' && !this.isSentinel) throw new DirectiveError(NO_SENTINEL);
      this.lines[extra]?.(values);
      return;
    }
    if (!directive && extra === 'loadmodule' && values.length > 0)
      throw new DirectiveError('modules cannot be loaded here');
    if (!directive && WITHOUT_EFFECT.has(extra) && values.length === 1) return;
    if (!directive) throw new DirectiveError('Bad directive or wrong number of arguments');
    if (directive.type.manyWords !== true && values.length !== 1) throw new DirectiveError('wrong number of arguments');
    const value = this.parse(directive, oneByOne(directive, values));
    this.put(directive, directive.name === 'save' ? this.moreSavePoints(directive, String(value)) : value);
  }

  /** Throws DirectiveError for a directive that asks for what is not there, once all are loaded; `directive` is told which. */
  refuseMissing(directive: (name: string) => void = () => undefined): void {
    for (const one of directives) {
      if (one.needs === undefined) continue;
      directive(one.name);
      refuseMissing(one, this.value(one));
    }
    if (this.isClusterNode && this.settings.primary !== '') {
      directive('replicaof');
      throw new DirectiveError('replicaof directive not allowed in cluster mode');
    }
  }

  /**
   * CONFIG SET: all of the changes or none. Throws RefusedChange. Where listening sockets move, the promise says when and
   * whether they have.
   */
  set(changes: readonly (readonly [string, string])[], caller: Caller = TRUSTED): Promise<void> | undefined {
    const accepted = this.check(changes, caller.mayProtected);
    const moved = accepted.filter(([one, value]) => one.listens && one.type.format(value) !== this.format(one));
    if (moved.length > 0) this.refuseMove(moved[0]![0].name, caller);
    const before = accepted.map(([directive]) => [directive, this.value(directive)] as const);
    for (const [directive, value] of accepted) this.put(directive, value);
    for (const [i, [directive]] of accepted.entries()) {
      try {
        this.acts.get(directive)?.();
      } catch (error) {
        for (const [changed, value] of before) this.put(changed, value);
        throw new RefusedChange(changes[i]![0], (error as Error).message);
      }
    }
    if (moved.length === 0) return undefined;
    return this.relisten!(new Set(moved.map(([one]) => one.name))).catch((error: unknown) => {
      for (const [changed, value] of before) this.put(changed, value);
      for (const [changed] of before) this.acts.get(changed)?.();
      throw error;
    });
  }

  /** Whether lines that begin with `sentinel` are taken. */
  get isSentinel(): boolean {
    return this.lines.sentinel !== undefined;
  }

  private get isClusterNode(): boolean {
    return this.get('cluster-enabled') === 'yes';
  }

  private refuseMove(name: string, { mayWait }: Caller): void {
    if (this.relisten === undefined) throw new RefusedChange(name, 'this server listens where its program told it to');
    if (!mayWait) throw new RefusedChange(name, 'a transaction cannot wait for it');
  }

  /** Everything as lines of a file, for CONFIG REWRITE; needed are those that differ from the default, or `all`. */
  fileLines(all: boolean): FileLine[] {
    return directives.flatMap((directive) => {
      const { name, type, initial, ownDefault } = directive;
      const lines = type.lines ?? ((value: unknown) => [type.format(value)]);
      const defaults = lines(initial);
      // Whom a node of a cluster follows is in its nodes file.
      const isElsewhere = name === 'replicaof' && this.isClusterNode;
      return lines(isElsewhere ? initial : this.value(directive)).map((value, i) => {
        const isNeeded = all || ownDefault === true || ALWAYS_WRITTEN.has(name) || value !== defaults[i];
        return { name, value, isNeeded };
      });
    });
  }

  private check(changes: readonly (readonly [string, string])[], mayProtected: boolean): [Directive, unknown][] {
    const seen = new Set<Directive>();
    return changes.map(([name, text]) => {
      const directive = known(name);
      if (!directive) throw new UnknownDirective(name);
      if (directive.immutable) throw new RefusedChange(name, "can't set immutable config");
      if (directive.protected && !mayProtected) {
        throw new RefusedChange(name, "can't set protected config");
      }
      if (seen.has(directive)) throw new RefusedChange(name, 'duplicate parameter');
      seen.add(directive);
      try {
        const value = this.parse(directive, directive.type.manyWords ? blankSeparated(text) : [text]);
        refuseMissing(directive, value);
        return [directive, value];
      } catch (error) {
        if (error instanceof DirectiveError) throw new RefusedChange(name, error.message);
        throw error;
      }
    });
  }

  private parse(directive: Directive, words: readonly string[]): unknown {
    const value = directive.type.parse(words);
    // Classes that are not named keep their limits.
    if (directive.setting === 'outputLimits') return { ...this.settings.outputLimits, ...(value as object) };
    return value;
  }

  /** Several `save` lines add up; the first of a file replaces the default, an empty one drops all. */
  private moreSavePoints(directive: Directive, added: string): unknown {
    const before = this.values.get(directive);
    return before === directive.initial || added === '' ? added : `${before} ${added}`.trim();
  }

  private put(directive: Directive, value: unknown): void {
    if (directive.setting === undefined) this.values.set(directive, value);
    else (this.settings as unknown as Record<string, unknown>)[directive.setting] = value;
  }

  private format(directive: Directive): string {
    return directive.type.format(this.value(directive));
  }

  private value(directive: Directive): unknown {
    const { setting } = directive;
    return setting === undefined ? this.values.get(directive) : this.settings[setting];
  }
}

/** A line of a configuration file; one that is not needed is written only where the file has one already. */
export interface FileLine {
  readonly name: string;
  readonly value: string;
  readonly isNeeded: boolean;
}

/** Those of which a file that says nothing leaves open what is meant. */
const ALWAYS_WRITTEN: ReadonlySet<string> = new Set(['dir', 'save']);

/** One word that holds several, as `--save "60 1"` gives it, is as good as several. */
function oneByOne({ type }: Directive, values: readonly string[]): readonly string[] {
  const [first = ''] = values;
  return type.manyWords && values.length === 1 && first !== '' ? (splitWords(first) ?? []) : values;
}

function refuseMissing({ needs, initial }: Directive, value: unknown): void {
  if (needs !== undefined && value !== initial) throw new DirectiveError(`${needs} is not available yet`);
}

/** Each blank counts: two of them have an empty word between them. */
function blankSeparated(text: string): string[] {
  return text === '' ? [] : text.split(' ');
}

/** Who asks for changes. */
export interface Caller {
  /** Protected directives are taken from it. */
  readonly mayProtected: boolean;
  /** It can wait until sockets have moved. */
  readonly mayWait: boolean;
}

const TRUSTED: Caller = { mayProtected: false, mayWait: true };

/** A change that CONFIG SET refuses, and why. */
export class RefusedChange extends Error {
  override readonly name = 'RefusedChange';

  constructor(
    readonly directive: string,
    reason: string,
  ) {
    super(reason);
  }
}

export class UnknownDirective extends Error {
  override readonly name = 'UnknownDirective';
}

/** Whether the directive's value is a password. */
export function isSecretDirective(name: string): boolean {
  return known(name)?.secret === true;
}

const NO_SENTINEL = 'sentinel directive while not in sentinel mode';

/** Of old files: taken, and without effect in Redis 7.0 too. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'list-max-ziplist-entries',
  'list-max-ziplist-value',
  'lua-replicate-commands',
]);

/** Lines that are no directives with a value: how many words may follow. The reader throws DirectiveError. */
const EXTRA_LINES = {
  user: (count: number) => count >= 1,
  'rename-command': (count: number) => count === 2,
  sentinel: (count: number) => count >= 1,
} as const;

export type ExtraLine = keyof typeof EXTRA_LINES;

function isExtraLine(name: string): name is ExtraLine {
  return Object.hasOwn(EXTRA_LINES, name);
}

const byName = new Map(directives.flatMap((directive) => namesOf(directive).map((name) => [name, directive] as const)));

function known(name: string): Directive | undefined {
  return byName.get(name.toLowerCase());
}

function namesOf(directive: Directive): string[] {
  return directive.alias === undefined ? [directive.name] : [directive.name, directive.alias];
}
