import type { AST } from 'toml-eslint-parser';
import {
  type DocumentNode,
  type Entry,
  emptyTable,
  type GrowingList,
  type GrowingTable,
  nameOf,
  nodeOf,
  parseSource,
  positionOf,
  readDocument,
  type Source,
  SyntaxProblem,
  type Table,
  USED_TWICE,
  type Values,
} from './document.js';
import { leadingPath, type Statement, statementsOf } from './statements.js';

/**
 * Reads a file that is not TOML as far as it is: statement by statement, so that all of its problems can be
 * told at once. A key whose value cannot be read is there, as `unreadable`; what is there twice is kept in
 * `repeated`. Both are told here, so that nobody need tell them, or what follows from them, again.
 */
export interface WhatIsReadable {
  readonly root: Table;
  readonly problems: readonly SyntaxProblem[];
  /** Whether every id of the file is known: else a reference to one that is not may be right. */
  readonly complete: boolean;
  /** Lines inside of values that could not be read. */
  readonly unread: ReadonlySet<number>;
}

export function readWhatIsReadable(text: string): WhatIsReadable {
  try {
    return { root: readDocument(text), problems: [], complete: true, unread: new Set() };
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    return new Recovery(text).read(error);
  }
}

/** More than that, and it is no configuration with mistakes but something else. */
const MOST_PROBLEMS = 20;

class Recovery {
  readonly #root = emptyTable({ line: 1, column: 1 });
  readonly #problems: SyntaxProblem[] = [];
  readonly #unread = new Set<number>();
  /** What was defined by a header, as a value, or by keys with dots of a section. */
  readonly #definedBy = new WeakMap<DocumentNode, 'header' | 'value' | Table>();
  readonly #tablesWithRepeated: GrowingTable[] = [];
  #complete = true;
  #section: GrowingTable = this.#root;
  /** How many names lead to the section. */
  #depth = 0;

  constructor(private readonly text: string) {}

  read(first: SyntaxProblem): WhatIsReadable {
    for (const statement of statementsOf(this.text)) {
      if (this.#problems.length >= MOST_PROBLEMS) {
        this.#problems.push(new SyntaxProblem({ line: statement.line, column: 1 }, 'the rest of the file is not read'));
        this.#complete = false;
        break;
      }
      this.#readStatement(statement);
    }
    for (const table of this.#tablesWithRepeated) shareKeys(table);
    // What is wrong only between statements, and not seen here.
    if (this.#problems.length === 0) this.#problems.push(first);
    return { root: this.#root, problems: this.#problems, complete: this.#complete, unread: this.#unread };
  }

  #readStatement(statement: Statement): void {
    const source = sourceOf(statement, statement.text);
    try {
      this.#add(source);
    } catch (error) {
      if (!(error instanceof SyntaxProblem)) throw error;
      this.#problems.push(betterProblem(error, statement));
      const lines = statement.text.trimEnd().split('\n').length;
      for (let line = 1; line < lines; line++) this.#unread.add(statement.line + line);
      if (/^\s*\[/.test(statement.text)) this.#guessHeader(statement);
      else this.#guessKey(statement);
    }
  }

  #add(source: Source): void {
    const { values, parts } = parseSource(source);
    for (const part of parts) {
      if (part.type === 'TOMLTable') this.#enter(part, source);
      else this.#assign(part, source, (node) => nodeOf(node, valueAt(values, part), source));
    }
  }

  /** A header that cannot be read: what follows is checked as what it was meant to be. */
  #guessHeader(statement: Statement): void {
    this.#section = emptyTable({ line: statement.line, column: 1 });
    this.#depth = Number.POSITIVE_INFINITY;
    const [, opening, sections, rest] = /^(\s*\[\[?\s*)((?:[\w-]+\s*\.\s*)*)([^#\n]*)/.exec(statement.text) ?? [];
    const id = rest?.replace(/[\]\s]+$/, '').replace(/^["']|["']$/g, '') ?? '';
    if (!/^[\w-]+$/.test(id)) this.#complete = false;
    if (id === '') return;
    const closing = opening?.includes('[[') === true ? ']]' : ']';
    this.#guess(sourceOf(statement, `${opening}${sections}${JSON.stringify(id)}${closing}`));
  }

  #guessKey(statement: Statement): void {
    // A section's own line may have held ids.
    if (this.#depth < 2) this.#complete = false;
    // Where the text was to end is not known, nor what keys stand behind its end.
    if (statement.open !== undefined && statement.open.what.length === 3) this.#section.partial = true;
    const path = leadingPath(statement.text);
    if (path === undefined) return;
    const indent = /^\s*/.exec(statement.text)![0];
    this.#guess(sourceOf(statement, `${indent}${path} = 0`), true);
  }

  /** What a guess finds wrong is not told: that the statement cannot be read was. */
  #guess(source: Source, unreadable = false): void {
    const told = this.#problems.length;
    try {
      const [part] = parseSource(source).parts;
      if (part?.type === 'TOMLTable') this.#enter(part, source);
      else if (part !== undefined && unreadable) {
        this.#assign(part, source, () => ({ kind: 'unreadable', at: positionOf(part, source) }));
      }
    } catch (error) {
      if (!(error instanceof SyntaxProblem)) throw error;
    }
    this.#problems.length = told;
  }

  #enter(header: AST.TOMLTable, source: Source): void {
    const { keys } = header.key;
    let table = this.#root;
    for (const key of keys.slice(0, -1)) {
      const found = latest(table, nameOf(key));
      const inside = found?.kind === 'list' ? found.items.at(-1) : found;
      const open = inside?.kind === 'table' && this.#definedBy.get(inside) !== 'value';
      table = open
        ? (inside as GrowingTable)
        : this.#put(table, key, source, emptyTable(positionOf(key, source)), found);
    }
    const last = keys.at(-1)!;
    this.#section = this.#open(table, last, source, header.kind === 'array');
    this.#section.at = positionOf(keys[0]!, source);
    this.#definedBy.set(this.#section, 'header');
    this.#depth = keys.length;
  }

  #open(parent: GrowingTable, key: Key, source: Source, starts: boolean): GrowingTable {
    const at = positionOf(key, source);
    const found = latest(parent, nameOf(key));
    const table = emptyTable(at);
    if (starts) {
      if (found?.kind === 'list' && this.#definedBy.get(found) !== 'value') (found as GrowingList).items.push(table);
      else this.#put(parent, key, source, { kind: 'list', at, items: [table] }, found);
      return table;
    }
    if (found?.kind === 'table' && !this.#definedBy.has(found)) return found as GrowingTable;
    return this.#put(parent, key, source, table, found);
  }

  #assign(
    { key: { keys }, value }: AST.TOMLKeyValue,
    source: Source,
    read: (node: AST.TOMLContentNode) => DocumentNode,
  ) {
    let table = this.#section;
    for (const key of keys.slice(0, -1)) {
      const found = latest(table, nameOf(key));
      const by = found === undefined ? undefined : this.#definedBy.get(found);
      const open = found?.kind === 'table' && (by === undefined || by === this.#section);
      table = open
        ? (found as GrowingTable)
        : this.#put(table, key, source, emptyTable(positionOf(key, source)), found);
      if (!open) this.#definedBy.set(table, this.#section);
    }
    const last = keys.at(-1)!;
    const node = read(value);
    this.#definedBy.set(node, 'value');
    this.#put(table, last, source, node, latest(table, nameOf(last)));
  }

  /** Puts a value under its name, or beside the one that has the name already. */
  #put<T extends DocumentNode>(
    table: GrowingTable,
    key: Key,
    source: Source,
    value: T,
    taken: DocumentNode | undefined,
  ): T {
    const at = positionOf(key, source);
    const name = nameOf(key);
    const entry: Entry = { at, value };
    if (taken === undefined) {
      table.entries.set(name, entry);
      return value;
    }
    if (table.repeated === undefined) this.#tablesWithRepeated.push(table);
    (table.repeated ??= []).push([name, entry]);
    const first = table.entries.get(name)!;
    const { line } = first.value.kind === 'table' ? first.value.at : first.at;
    this.#problems.push(new SyntaxProblem(at, USED_TWICE, `the first is in line ${line}`));
    return value;
  }
}

type Key = AST.TOMLBare | AST.TOMLQuoted;

function sourceOf({ line }: Statement, text: string): Source {
  return { text, linesBefore: line - 1 };
}

/** What stands under a name now: the last of those that are there twice. */
function latest(table: GrowingTable, name: string): DocumentNode | undefined {
  return table.repeated?.findLast(([other]) => other === name)?.[1].value ?? table.entries.get(name)?.value;
}

function valueAt(values: Values, { key: { keys } }: AST.TOMLKeyValue): unknown {
  return keys.reduce<unknown>((inside, key) => (inside as Values)[nameOf(key)], values);
}

/** Tables of one name may have been meant as one: what one of them has, no other lacks. */
function shareKeys({ entries, repeated = [] }: GrowingTable): void {
  for (const name of new Set(repeated.map(([repeatedName]) => repeatedName))) {
    const all = [entries.get(name)!, ...repeated.filter(([other]) => other === name).map(([, entry]) => entry)];
    const tables = all.map(({ value }) => value).filter((value) => value.kind === 'table') as GrowingTable[];
    const keys = new Map(tables.flatMap((table) => [...table.entries]));
    for (const table of tables) {
      for (const [key, { at }] of keys) {
        if (!table.entries.has(key)) table.entries.set(key, { at, value: { kind: 'unreadable', at } });
      }
    }
  }
}

/** A parser misses a closing bracket or quote only where it finds something else, or the end. */
function betterProblem(problem: SyntaxProblem, { open, line, text }: Statement): SyntaxProblem {
  if (open === undefined) return problem;
  const { at } = problem;
  const opening = text.split('\n')[open.at.line - line]!.trimEnd();
  const inTheOpeningLine = at.line === open.at.line && at.column !== open.at.column && at.column <= opening.length;
  if (at.line < open.at.line || inTheOpeningLine) return problem;
  return new SyntaxProblem(open.at, `the ${open.what} is not closed`);
}
