import { dirname, resolve } from 'node:path';
import type { DocumentNode, Scalar, Table, Unreadable } from '../document.js';
import { type ConfigHost, FileUnreadable, readText } from '../host.js';
import type { Report } from '../problem.js';
import { didYouMean } from '../suggestion.js';

/**
 * Stalwart's macros in text values: `%{env:NAME}%`, `%{file:/path}%`, `%{cfg:key}%`. What a macro brings in
 * is not expanded again, except for a value named by `cfg`; its name may hold macros, as in
 * `%{file:%{env:CREDENTIALS_DIRECTORY}%/redis}%`. Unlike Stalwart a missing variable, file or key
 * is an error, and so is a macro that is not closed. A file's last newline is dropped; a relative path
 * counts from the folder of the configuration file.
 */
export interface Expanded {
  readonly text: string;
  /** Whether a macro brought in a part of it: then no message may quote it. */
  readonly fromMacro: boolean;
  /** The files it was read from. */
  readonly files: readonly string[];
}

const KINDS = ['env', 'file', 'cfg'];
export class Macros {
  readonly #root: Table;
  readonly #file: string;
  readonly #host: ConfigHost;
  readonly #report: Report;
  readonly #expanded = new Map<Scalar, Expanded | undefined>();
  readonly #open = new Set<Scalar>();
  #keys: ReadonlyMap<string, Scalar | Unreadable> | undefined;

  constructor(root: Table, file: string, host: ConfigHost, report: Report) {
    this.#root = root;
    this.#file = file;
    this.#host = host;
    this.#report = report;
  }

  /** Undefined when a macro failed: the problem has been reported, once. */
  expand(scalar: Scalar & { readonly value: string }): Expanded | undefined {
    if (!this.#expanded.has(scalar)) this.#expanded.set(scalar, this.#expandNew(scalar));
    return this.#expanded.get(scalar);
  }

  /** A path as the configuration writes it, relative ones from the folder of the configuration file. */
  resolvePath(path: string): string {
    return resolve(dirname(this.#file), path);
  }

  #expandNew(scalar: Scalar & { readonly value: string }): Expanded | undefined {
    if (scalar.literal !== undefined) return { text: scalar.value, fromMacro: true, files: scalar.literal.files };
    if (!scalar.value.includes('%{')) return { text: scalar.value, fromMacro: false, files: [] };
    const refuse: Refuse = (message, hint) => {
      this.#report.error(scalar.at, message, hint);
      return undefined;
    };
    const pieces = piecesOf(scalar.value);
    if (pieces === undefined) return refuse('a macro is not closed', 'it ends with "}%"');
    this.#open.add(scalar);
    const whole = this.#join(pieces, refuse);
    this.#open.delete(scalar);
    return whole && { ...whole, fromMacro: true };
  }

  #join(pieces: readonly Piece[], refuse: Refuse): Part | undefined {
    const parts = pieces.map((piece) => (typeof piece === 'string' ? literal(piece) : this.#macro(piece, refuse)));
    if (!parts.every((part) => part !== undefined)) return undefined;
    return { text: parts.map((part) => part.text).join(''), files: parts.flatMap(({ files }) => files) };
  }

  #macro({ inside }: Exclude<Piece, string>, refuse: Refuse): Part | undefined {
    const name = this.#join(inside, refuse);
    return name && this.#value(name.text, refuse);
  }

  #value(macro: string, refuse: Refuse): Part | undefined {
    const colon = macro.indexOf(':');
    const kind = colon === -1 ? macro : macro.slice(0, colon);
    const name = macro.slice(colon + 1).trim();
    switch (kind) {
      case 'env':
        return this.#environment(name, refuse);
      case 'file':
        return this.#fileText(name, refuse);
      case 'cfg':
        return this.#otherKey(name, refuse);
      default:
        return refuse(
          `there is no macro "${kind}"`,
          didYouMean(kind, KINDS) ?? 'there are %{env:NAME}%, %{file:/path}% and %{cfg:key}%',
        );
    }
  }

  #environment(name: string, refuse: Refuse): Part | undefined {
    const value = this.#host.env[name];
    return value === undefined ? refuse(`the environment variable ${name} is not set`) : literal(value);
  }

  #fileText(name: string, refuse: Refuse): Part | undefined {
    const path = this.resolvePath(name);
    try {
      return { text: readText(this.#host, path).replace(/\r?\n$/, ''), files: [path] };
    } catch (error) {
      if (error instanceof FileUnreadable) return refuse(error.message);
      throw error;
    }
  }

  #otherKey(name: string, refuse: Refuse): Part | undefined {
    this.#keys ??= new Map(scalarsByKey(this.#root, ''));
    const key = name.replace(/["']/g, '');
    const scalar = this.#keys.get(key);
    if (scalar === undefined) return refuse(`there is no value "${key}"`, didYouMean(key, this.#keys.keys()));
    if (scalar.kind === 'unreadable') return undefined;
    if (!isText(scalar)) return literal(String(scalar.value));
    if (this.#open.has(scalar)) return refuse(`the value "${key}" refers to itself`);
    return this.expand(scalar);
  }
}

/** A literal, or a macro by what stands in it. */
type Piece = string | { readonly inside: readonly Piece[] };

/** Undefined when a macro is not closed. */
function piecesOf(text: string): Piece[] | undefined {
  const open: Piece[][] = [[]];
  for (const token of text.split(/(%\{|\}%)/)) {
    if (token === '%{') open.push([]);
    else if (token === '}%' && open.length > 1) {
      const inside = open.pop()!;
      open.at(-1)!.push({ inside });
    } else open.at(-1)!.push(token);
  }
  return open.length === 1 ? open[0] : undefined;
}

interface Part {
  readonly text: string;
  readonly files: readonly string[];
}

type Refuse = (message: string, hint?: string) => undefined;

function literal(text: string): Part {
  return { text, files: [] };
}

export function isText(node: DocumentNode): node is Scalar & { readonly value: string } {
  return node.kind === 'scalar' && typeof node.value === 'string';
}

function* scalarsByKey(table: Table, prefix: string): Generator<[string, Scalar | Unreadable]> {
  for (const [key, { value }] of table.entries) {
    if (value.kind === 'scalar' || value.kind === 'unreadable') yield [prefix + key, value];
    else if (value.kind === 'table') yield* scalarsByKey(value, `${prefix}${key}.`);
  }
}
