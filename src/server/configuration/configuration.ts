import { globMatches } from '../../core/glob.js';
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

  takesManyWords(name: string): boolean {
    return known(name)?.type.manyWords === true;
  }

  /** Whether a file says its value by not naming it. */
  isUnsaid(name: string): boolean {
    const directive = known(name);
    return directive?.type.unsaid !== undefined && this.format(directive) === directive.type.unsaid;
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
      this.lines[extra]?.(values);
      return;
    }
    if (!directive && NOT_YET.has(name.toLowerCase())) throw new DirectiveError(`${name} is not available yet`);
    if (!directive) throw new DirectiveError('Bad directive or wrong number of arguments');
    if (directive.type.manyWords !== true && values.length !== 1) throw new DirectiveError('wrong number of arguments');
    if (directive.name === 'save') this.put(directive, this.moreSavePoints(directive, values));
    else this.put(directive, this.parse(directive, values.join(' ')));
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

  private refuseMove(name: string, { mayWait }: Caller): void {
    if (this.relisten === undefined) throw new RefusedChange(name, 'this server listens where its program told it to');
    if (!mayWait) throw new RefusedChange(name, 'a transaction cannot wait for it');
  }

  /** All directives that a file may hold. */
  names(): string[] {
    return directives.map((directive) => directive.name);
  }

  /** Directives that differ from their default, for CONFIG REWRITE. */
  changed(): string[] {
    return directives
      .filter((directive) => this.format(directive) !== directive.type.format(directive.initial))
      .map((directive) => directive.name);
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
        const value = this.parse(directive, text);
        return [directive, value];
      } catch (error) {
        if (error instanceof DirectiveError) throw new RefusedChange(name, error.message);
        throw error;
      }
    });
  }

  private parse(directive: Directive, text: string): unknown {
    const value = directive.type.parse(text);
    if (directive.needs !== undefined && value !== directive.initial) {
      throw new DirectiveError(`${directive.needs} is not available yet`);
    }
    // Classes that are not named keep their limits.
    if (directive.setting === 'outputLimits') return { ...this.settings.outputLimits, ...(value as object) };
    return value;
  }

  /** Several `save` lines add up; the first of a file replaces the default, an empty one drops all. */
  private moreSavePoints(directive: Directive, values: readonly string[]): unknown {
    const added = directive.type.parse(values.join(' '));
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

/** In redis.conf, but nothing that CONFIG knows. */
const NOT_YET: ReadonlySet<string> = new Set(['loadmodule']);

/** Lines that are no directives with a value: how many words may follow. The reader throws DirectiveError. */
const EXTRA_LINES = {
  user: (count: number) => count >= 1,
  'rename-command': (count: number) => count === 2,
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
