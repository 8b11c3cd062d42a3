import type { z } from 'zod';
import type { Declarations, Key, ValuesOf } from '../declarations/declaration.js';
import { eitherOf, wordsOf } from '../declarations/types.js';
import { type DocumentNode, type Entry, namedIn, type Position, type Table } from '../document.js';
import type { ConfigHost } from '../host.js';
import { type Expanded, isText, type Macros } from '../language/macros.js';
import type { Report } from '../problem.js';
import { nearest } from '../suggestion.js';

/** What the readers of all sections share. */
export interface Reading {
  readonly report: Report;
  readonly macros: Macros;
  readonly host: ConfigHost;
  /** Folder and file, for paths and for the warning about who can read it; undefined when it is a mere text. */
  readonly path: string | undefined;
  /** Whether every id of the file is known: else nobody says that one is not there. */
  readonly complete: boolean;
}

/**
 * One table of the file, read by its declarations. Problems of single keys are reported at once; a key with
 * a problem has its default, so that reading goes on, and `fine` says so: checks between keys ask it first.
 */
export interface Section<D extends Declarations> {
  readonly values: ValuesOf<D>;
  /** Whether the file has this key, and without a problem. */
  given(key: keyof D & string): boolean;
  /** Whether all of these keys are without a problem, given or not. */
  fine(...keys: (keyof D & string)[]): boolean;
  /** The table of an `entries` key. */
  entries(key: keyof D & string): Table | undefined;
  /** The key's value in the file, or an element of it. */
  node(key: keyof D & string, index?: number): DocumentNode | undefined;
  /** Where the key's value, or an element of it, stands; the section's header when it is not given. */
  at(key: keyof D & string, index?: number): Position;
  error(key: keyof D & string, message: string, hint?: string): void;
  warning(key: keyof D & string, message: string, hint?: string): void;
}

export interface SectionOptions {
  /** Keys that belong to other kinds of this section: why they are refused, as a hint. */
  readonly foreign?: (key: string) => string | undefined;
  /** Says nothing about other keys. */
  readonly ignoreOthers?: boolean;
  /** A key that was read before: nothing is said about it again. */
  readonly readBefore?: string;
}

export function readSection<D extends Declarations>(
  reading: Reading,
  table: Table,
  declarations: D,
  options: SectionOptions = {},
): Section<D> {
  const reader = new SectionReader(reading, declarations, options);
  reader.read(table, '');
  return reader.section(table);
}

class SectionReader<D extends Declarations> {
  readonly #reading: Reading;
  readonly #declarations: D;
  readonly #options: SectionOptions;
  readonly #found = new Map<string, Entry>();
  readonly #values: Record<string, unknown> = {};
  readonly #broken = new Set<string>();

  constructor(reading: Reading, declarations: D, options: SectionOptions) {
    this.#reading = reading;
    this.#declarations = declarations;
    this.#options = options;
  }

  /** Finds the declared keys of a table; a nested table's keys are known by their dotted names. */
  read(table: Table, prefix: string): void {
    for (const [name, entry] of namedIn(table)) {
      const key = prefix + name;
      if (key === this.#options.readBefore) continue;
      if (Object.hasOwn(this.#declarations, key)) this.#readKey(key, entry);
      else if (!this.#isPrefix(key)) this.#refuseUnknown(key, entry);
      else if (entry.value.kind === 'table') this.read(entry.value, `${key}.`);
      else if (entry.value.kind === 'unreadable') this.#break(...this.#keysOf(key));
      else this.#reading.report.error(entry.value.at, `"${key}" is a table`, this.#keysBelow(key));
    }
  }

  section(table: Table): Section<D> {
    if (table.partial === true) this.#break(...Object.keys(this.#declarations).filter((key) => !this.#found.has(key)));
    for (const [key, declaration] of Object.entries(this.#declarations)) {
      if (declaration.kind === 'key' && !(key in this.#values)) this.#useDefault(key, declaration, table.at);
    }
    const node = (key: string, index?: number) => {
      const value = this.#found.get(key)?.value;
      return index !== undefined && value?.kind === 'list' ? value.items[index] : value;
    };
    const at = (key: string, index?: number) => node(key, index)?.at ?? table.at;
    return {
      values: this.#values as ValuesOf<D>,
      given: (key) => this.#found.has(key) && !this.#broken.has(key),
      fine: (...keys) => !keys.some((key) => this.#broken.has(key)),
      entries: (key) => (this.#found.get(key)?.value.kind === 'table' ? (node(key) as Table) : undefined),
      node,
      at,
      error: (key, message, hint) => this.#reading.report.error(at(key), message, hint),
      warning: (key, message, hint) => this.#reading.report.warning(at(key), message, hint),
    };
  }

  #readKey(key: string, entry: Entry): void {
    const declaration = this.#declarations[key]!;
    if (!this.#found.has(key)) this.#found.set(key, entry);
    if (entry.value.kind === 'unreadable') {
      this.#break(key);
      return;
    }
    switch (declaration.kind) {
      case 'entries':
        if (entry.value.kind !== 'table') this.#reading.report.error(entry.value.at, `"${key}" is a table`);
        return;
      case 'key':
        this.#readValue(key, declaration, entry.value);
    }
  }

  #readValue(key: string, declaration: Key<unknown>, node: DocumentNode): void {
    const raw = plainValue(this.#reading.macros, node);
    if (raw === FAILED) {
      this.#break(key);
      return;
    }
    const result = declaration.type.safeParse(raw);
    if (result.success) {
      if (!(key in this.#values)) this.#values[key] = result.data;
      return;
    }
    this.#broken.add(key);
    for (const issue of result.error.issues.flatMap(innermost)) {
      const at = nodeAt(node, issue.path).at;
      this.#reading.report.error(at, `"${key}": ${issue.message}`, hintOf(issue));
    }
  }

  #useDefault(key: string, declaration: Key<unknown>, at: Position): void {
    if (declaration.required && !this.#found.has(key) && !this.#broken.has(key) && key !== this.#options.readBefore) {
      this.#broken.add(key);
      this.#reading.report.error(at, `"${key}" is missing`, hintForMissing(declaration));
    }
    this.#values[key] = declaration.fallback === undefined ? undefined : declaration.type.parse(declaration.fallback);
  }

  /** Nothing is known of these, and nothing more is said about them. */
  #break(...keys: string[]): void {
    for (const key of keys) this.#broken.add(key);
  }

  #isPrefix(key: string): boolean {
    return this.#keysOf(key).length > 0;
  }

  #keysBelow(key: string): string {
    return `its keys: ${this.#keysOf(key).join(', ')}`;
  }

  /** The declared keys of a nested table. */
  #keysOf(table: string): string[] {
    return Object.keys(this.#declarations).filter((declared) => declared.startsWith(`${table}.`));
  }

  #refuseUnknown(key: string, entry: Entry): void {
    const known = Object.keys(this.#declarations).flatMap((declared) => [declared, declared.split('.', 1)[0]!]);
    const meant = nearest(key, known);
    // What was meant is not also reported as missing.
    if (meant !== undefined) this.#break(meant, ...this.#keysOf(meant));
    if (entry.value.kind === 'unreadable' || this.#options.ignoreOthers === true) return;
    const hint = this.#options.foreign?.(key) ?? (meant && `did you mean "${meant}"?`);
    this.#reading.report.error(entry.at, `unknown key "${key}"`, hint);
  }
}

function hintForMissing({ type, example }: Key<unknown>): string | undefined {
  const words = wordsOf(type);
  return words === undefined ? example && `as in ${example}` : `it is ${eitherOf(words)}, as in ${example}`;
}

const FAILED = Symbol('a macro failed');

/** The value as types take it, macros expanded; FAILED when a macro has been reported. */
function plainValue(macros: Macros, node: DocumentNode): unknown {
  if (isText(node)) return macros.expand(node)?.text ?? FAILED;
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'table') return {};
  if (node.kind === 'unreadable') return FAILED;
  const items = node.items.map((item) => plainValue(macros, item));
  return items.includes(FAILED) ? FAILED : items;
}

/** How a text came to be, of a key whose value is text. */
export function expandedText(reading: Reading, node: DocumentNode | undefined): Expanded | undefined {
  return node !== undefined && isText(node) ? reading.macros.expand(node) : undefined;
}

/** A name for a message, in quotes and with its macros as they stand in the file. */
export function asWritten(node: DocumentNode | undefined): string {
  return node?.kind === 'scalar' ? `"${String(node.value)}"` : '';
}

/**
 * Of a value that may be one of several types, the problem of the type it was meant to be: the one that got
 * further than to its outermost kind. Where none did, the union's own message says what is expected.
 */
function innermost(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const meant = issue.errors.filter((branch) =>
    branch.some((inner) => inner.path.length > 0 || inner.code === 'custom'),
  );
  if (meant.length !== 1) return [issue];
  return meant[0]!.flatMap((inner) => innermost({ ...inner, path: [...issue.path, ...inner.path] }));
}

function nodeAt(node: DocumentNode, path: readonly PropertyKey[]): DocumentNode {
  for (const step of path) {
    if (node.kind === 'list' && typeof step === 'number') node = node.items[step] ?? node;
  }
  return node;
}

function hintOf(issue: z.core.$ZodIssue): string | undefined {
  return issue.code === 'custom' ? (issue.params?.['hint'] as string | undefined) : undefined;
}
