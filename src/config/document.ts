import { parse, TomlError } from 'smol-toml';
import { type AST, ParseError, parseTOML } from 'toml-eslint-parser';

/**
 * A TOML file as a tree that remembers where everything stands, in the order of the file. Values are
 * smol-toml's (integers beyond 2^53 exact), positions toml-eslint-parser's. Lines and columns count from 1,
 * columns in UTF-16 units.
 *
 * Limits: a syntax error ends the reading; recovery.ts reads on.
 */
export interface Position {
  readonly line: number;
  readonly column: number;
  /** The environment variable that it stands in, instead of the file. */
  readonly variable?: string;
}

export interface Scalar {
  readonly kind: 'scalar';
  readonly at: Position;
  readonly value: string | number | bigint | boolean | Date;
  /** As it stands in the file, quotes included. */
  readonly source: string;
  /** Of a text that is not searched for macros: the files it was read from. */
  readonly literal?: { readonly files: readonly string[] };
}

export interface List {
  readonly kind: 'list';
  readonly at: Position;
  readonly items: readonly DocumentNode[];
}

export interface Table {
  readonly kind: 'table';
  /** The header, or the key that made it. */
  readonly at: Position;
  readonly entries: ReadonlyMap<string, Entry>;
  /** What stands under a name that `entries` has already: an error, told by whoever read the file. */
  readonly repeated?: readonly (readonly [name: string, entry: Entry])[] | undefined;
  /** Whether it may hold more, which could not be read. */
  readonly partial?: boolean;
}

/** What is no TOML, and was told to be none: nothing more is known of its key than that it is there. */
export interface Unreadable {
  readonly kind: 'unreadable';
  readonly at: Position;
}

export type DocumentNode = Scalar | List | Table | Unreadable;

export interface Entry {
  /** Where the key stands. */
  readonly at: Position;
  readonly value: DocumentNode;
}

/** All that stands in a table, also what stands there twice. */
export function namedIn(table: Table): readonly (readonly [name: string, entry: Entry])[] {
  return table.repeated === undefined ? [...table.entries] : [...table.entries, ...table.repeated];
}

/** The text is not TOML. The message shows nothing of the text. */
export class SyntaxProblem extends Error {
  override readonly name = 'SyntaxProblem';

  constructor(
    readonly at: Position,
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}

/** A part of the file that stands for itself: its text, and the line of the file before it. */
export interface Source {
  readonly text: string;
  readonly linesBefore: number;
}

/** What smol-toml answers for a table. */
export type Values = { readonly [key: string]: unknown };

/** Throws SyntaxProblem. */
export function readDocument(text: string): Table {
  const source = { text, linesBefore: 0 };
  const { values, parts } = parseSource(source);
  const root = emptyTable({ line: 1, column: 1 });
  for (const part of parts) {
    if (part.type === 'TOMLTable') addSection(root, part, values, source);
    else addKeyValue(root, part, values, source);
  }
  return root;
}

export interface Parsed {
  readonly values: Values;
  readonly parts: readonly (AST.TOMLTable | AST.TOMLKeyValue)[];
}

/** Throws SyntaxProblem, with its place in the file. */
export function parseSource({ text, linesBefore }: Source): Parsed {
  try {
    const values = parse(text, { integersAsBigInt: 'asNeeded' });
    return { values, parts: parseTOML(text, { tomlVersion: 'latest' }).body[0].body };
  } catch (error) {
    const problem = syntaxProblem(error, text);
    if (!(problem instanceof SyntaxProblem)) throw problem;
    const { at, message, hint } = problem;
    throw new SyntaxProblem({ line: at.line + linesBefore, column: at.column }, message, hint);
  }
}

export const USED_TWICE = 'this id or key is used a second time in the file';

function syntaxProblem(error: unknown, text: string): unknown {
  if (error instanceof TomlError) {
    const { line, column } = error;
    const rest = text.split(/\r?\n/)[line - 1]!.slice(column - 1);
    const message = error.message.split('\n', 1)[0]!.replace(/^Invalid TOML document: /, '');
    return new SyntaxProblem({ line, column }, ...inPlainWords(message, rest.trim()));
  }
  if (error instanceof ParseError) {
    return new SyntaxProblem({ line: error.lineNumber, column: error.column + 1 }, decapitalize(error.message));
  }
  return error;
}

const IN_QUOTES = 'text stands in quotes, and so does a duration such as "10s"';

/** smol-toml's message and a hint; `rest` is what stands behind the place. */
function inPlainWords(message: string, rest: string): [message: string, hint?: string] {
  if (message.includes('redefine')) return [USED_TWICE];
  if (rest === '' && message === 'control characters are not allowed in strings') {
    return ['the quote is not closed on its line'];
  }
  if (message === 'invalid value') return /^(#|$)/.test(rest) ? ['the value is missing'] : [message, IN_QUOTES];
  return message === 'illegal character in numeric literal' ? [message, IN_QUOTES] : [message];
}

function decapitalize(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

export interface GrowingTable extends Table {
  at: Position;
  readonly entries: Map<string, Entry>;
  repeated?: (readonly [name: string, entry: Entry])[];
  partial?: boolean;
}

export interface GrowingList extends List {
  readonly items: DocumentNode[];
}

export function emptyTable(at: Position): GrowingTable {
  return { kind: 'table', at, entries: new Map() };
}

function addSection(root: GrowingTable, section: AST.TOMLTable, values: Values, source: Source): void {
  const keys = section.key.keys;
  // The names of the header, each element of an array of tables told by the number after its name.
  const path = section.resolvedKey[Symbol.iterator]();
  let step = path.next();
  let table = root;
  for (const [index, key] of keys.entries()) {
    const name = nameOf(key);
    table = descend(table, name, positionOf(key, source), section.kind === 'array' && index === keys.length - 1);
    for (let inside: unknown = values[name]; ; inside = (inside as unknown[])[step.value as number]) {
      values = inside as Values;
      step = path.next();
      if (typeof step.value !== 'number') break;
    }
  }
  table.at = positionOf(keys[0]!, source);
  for (const pair of section.body) addKeyValue(table, pair, values, source);
}

/** The table of that name, made when it is new; with `starts` a new element of the array of that name. */
function descend(table: GrowingTable, name: string, at: Position, starts: boolean): GrowingTable {
  const found = table.entries.get(name)?.value;
  if (starts) {
    const list = found?.kind === 'list' ? (found as GrowingList) : addTo(table, name, { kind: 'list', at, items: [] });
    const element = emptyTable(at);
    list.items.push(element);
    return element;
  }
  if (found?.kind === 'table') return found as GrowingTable;
  if (found?.kind === 'list') return found.items.at(-1) as GrowingTable;
  return addTo(table, name, emptyTable(at));
}

function addTo<T extends GrowingTable | GrowingList>(table: GrowingTable, name: string, value: T): T {
  table.entries.set(name, { at: value.at, value });
  return value;
}

function addKeyValue(table: GrowingTable, pair: AST.TOMLKeyValue, values: Values, source: Source): void {
  const keys = pair.key.keys;
  for (const key of keys.slice(0, -1)) {
    table = descend(table, nameOf(key), positionOf(key, source), false);
    values = values[nameOf(key)] as Values;
  }
  const last = keys.at(-1)!;
  const value = nodeOf(pair.value, values[nameOf(last)], source);
  table.entries.set(nameOf(last), { at: positionOf(last, source), value });
}

export function nodeOf(node: AST.TOMLContentNode, value: unknown, source: Source): DocumentNode {
  const at = positionOf(node, source);
  switch (node.type) {
    case 'TOMLValue':
      return { kind: 'scalar', at, value: value as Scalar['value'], source: source.text.slice(...node.range) };
    case 'TOMLArray': {
      const values = value as unknown[];
      return { kind: 'list', at, items: node.elements.map((element, i) => nodeOf(element, values[i], source)) };
    }
    case 'TOMLInlineTable': {
      const table = emptyTable(at);
      for (const pair of node.body) addKeyValue(table, pair, value as Values, source);
      return table;
    }
  }
}

export function nameOf(key: AST.TOMLBare | AST.TOMLQuoted): string {
  return key.type === 'TOMLBare' ? key.name : key.value;
}

export function positionOf(node: { readonly loc: AST.HasLocs['loc'] }, { linesBefore }: Source): Position {
  return { line: node.loc.start.line + linesBefore, column: node.loc.start.column + 1 };
}
