import type { z } from 'zod';

/**
 * A key of the configuration is declared once: its type, its default as a user would write it and its doc
 * line. Reading, "did you mean" and the JSON Schema are derived from it. Keys of nested tables are written
 * with dots, as Stalwart's documentation does: `retry.total`.
 */
export type Declaration = Key<unknown> | Entries;

export interface Key<T> {
  readonly kind: 'key';
  readonly type: z.ZodType<T>;
  readonly doc: string;
  readonly required: boolean;
  /** As written in the file; undefined when there is none. */
  readonly fallback: Fallback | undefined;
  /** A line as it may stand in the file, for whoever left the key out. */
  readonly example?: string;
}

type Fallback = string | number | boolean | readonly string[];

/** A table whose keys are the user's own. */
export interface Entries {
  readonly kind: 'entries';
  readonly doc: string;
}

export type Declarations = Readonly<Record<string, Declaration>>;

/** What reading a section answers: one value per key, undefined where there is none. */
export type ValuesOf<D extends Declarations> = {
  readonly [Name in keyof D as D[Name] extends Key<unknown> ? Name : never]: D[Name] extends Key<infer T> ? T : never;
};

/** May be left out; there is no default. */
export function key<T>(type: z.ZodType<T>, doc: string): Key<T | undefined> {
  return { kind: 'key', type, doc, required: false, fallback: undefined };
}

/** May be left out; `fallback` is its default, as a user would write it. */
export function keyWithDefault<T>(type: z.ZodType<T>, fallback: Fallback, doc: string): Key<T> {
  return { kind: 'key', type, doc, required: false, fallback };
}

/** Must be there. Its value is undefined only when an error has been reported. */
export function requiredKey<T>(type: z.ZodType<T>, doc: string, example: string): Key<T | undefined> {
  return { kind: 'key', type, doc, required: true, fallback: undefined, example };
}

export function entries(doc: string): Entries {
  return { kind: 'entries', doc };
}
