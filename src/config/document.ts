import { parse, TomlError } from 'smol-toml';
import { type AST, ParseError, parseTOML } from 'toml-eslint-parser';

/**
 * A TOML file as a tree that remembers where everything stands, in the order of the file. Values are
 * smol-toml's (integers beyond 2^53 exact), positions toml-eslint-parser's. Lines and columns count from 1,
 * columns in UTF-16 units.
 *
 * Limits: a syntax error ends the reading; the first one is told.
 */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface Scalar {
  readonly kind: 'scalar';
  readonly at: Position;
  readonly value: string | number | bigint | boolean | Date;
  /** As it stands in the file, quotes included. */
  readonly source: string;
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
}

export type DocumentNode = Scalar | List | Table;

export interface Entry {
  /** Where the key stands. */
  readonly at: Position;
  readonly value: DocumentNode;
}

/** The text is not TOML. The message shows nothing of the text. */
export class SyntaxProblem extends Error {
  override readonly name = 'SyntaxProblem';

  constructor(
    readonly at: Position,
    message: string,
  ) {
    super(message);
  }
}

/** Throws SyntaxProblem. */
export function readDocument(text: string): Table {
  try {
    const values = parse(text, { integersAsBigInt: 'asNeeded' });
    const root = emptyTable({ line: 1, column: 1 });
    for (const part of parseTOML(text, { tomlVersion: 'latest' }).body[0].body) {
      if (part.type === 'TOMLTable') addSection(root, part, values, text);
      else addKeyValue(root, part, values, text);
    }
    return root;
  } catch (error) {
    throw syntaxProblem(error, text);
  }
}

function syntaxProblem(error: unknown, text: string): unknown {
  if (error instanceof TomlError) {
    const { line, column } = error;
    const endsLine = text.split(/\r?\n/)[line - 1]!.length < column;
    const message = error.message.split('\n', 1)[0]!.replace(/^Invalid TOML document: /, '');
    const unclosed = endsLine && message === 'control characters are not allowed in strings';
    if (unclosed) return new SyntaxProblem({ line, column }, 'the quote is not closed on its line');
    const twice = message.includes('redefine');
    return new SyntaxProblem({ line, column }, twice ? 'this id or key is used a second time in the file' : message);
  }
  if (error instanceof ParseError) {
    return new SyntaxProblem({ line: error.lineNumber, column: error.column + 1 }, decapitalize(error.message));
  }
  return error;
}

function decapitalize(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

interface GrowingTable extends Table {
  at: Position;
  readonly entries: Map<string, Entry>;
}

interface GrowingList extends List {
  readonly items: DocumentNode[];
}

/** What smol-toml answers for a table. */
type Values = { readonly [key: string]: unknown };

function emptyTable(at: Position): GrowingTable {
  return { kind: 'table', at, entries: new Map() };
}

function addSection(root: GrowingTable, section: AST.TOMLTable, values: Values, text: string): void {
  const keys = section.key.keys;
  // The names of the header, each element of an array of tables told by the number after its name.
  const path = section.resolvedKey[Symbol.iterator]();
  let step = path.next();
  let table = root;
  for (const [index, key] of keys.entries()) {
    const name = nameOf(key);
    table = descend(table, name, positionOf(key), section.kind === 'array' && index === keys.length - 1);
    for (let inside: unknown = values[name]; ; inside = (inside as unknown[])[step.value as number]) {
      values = inside as Values;
      step = path.next();
      if (typeof step.value !== 'number') break;
    }
  }
  table.at = positionOf(keys[0]!);
  for (const pair of section.body) addKeyValue(table, pair, values, text);
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

function addKeyValue(table: GrowingTable, pair: AST.TOMLKeyValue, values: Values, text: string): void {
  const keys = pair.key.keys;
  for (const key of keys.slice(0, -1)) {
    table = descend(table, nameOf(key), positionOf(key), false);
    values = values[nameOf(key)] as Values;
  }
  const last = keys.at(-1)!;
  const value = nodeOf(pair.value, values[nameOf(last)], text);
  table.entries.set(nameOf(last), { at: positionOf(last), value });
}

function nodeOf(node: AST.TOMLContentNode, value: unknown, text: string): DocumentNode {
  const at = positionOf(node);
  switch (node.type) {
    case 'TOMLValue':
      return { kind: 'scalar', at, value: value as Scalar['value'], source: text.slice(...node.range) };
    case 'TOMLArray': {
      const values = value as unknown[];
      return { kind: 'list', at, items: node.elements.map((element, i) => nodeOf(element, values[i], text)) };
    }
    case 'TOMLInlineTable': {
      const table = emptyTable(at);
      for (const pair of node.body) addKeyValue(table, pair, value as Values, text);
      return table;
    }
  }
}

function nameOf(key: AST.TOMLBare | AST.TOMLQuoted): string {
  return key.type === 'TOMLBare' ? key.name : key.value;
}

function positionOf(node: { readonly loc: AST.HasLocs['loc'] }): Position {
  return { line: node.loc.start.line, column: node.loc.start.column + 1 };
}
