import type { Declaration, Declarations, Entries, Key } from '../config/declarations/declaration.js';
import type { embeddedKeys, redisKeys } from '../config/declarations/store.js';
import { loadConfig } from '../config/load.js';
import type { LinkedStoreConfig } from '../config/model.js';

type StoreOption =
  | string
  | number
  | boolean
  | readonly StoreOption[]
  | { readonly [key: string]: StoreOption | undefined }
  | undefined;

/**
 * The keys of `[store.<id>]` as an object, in camelCase or in kebab-case as in the file; sections are objects
 * (`{ retry: { maxWait: '1s' } }`). `id` is what errors and metrics call the store, "store" by default.
 * Values mean what they mean in the file, macros such as `%{env:PASSWORD}%` included.
 */
export type StoreOptions = { readonly id?: string | undefined } & (
  | ({ readonly type: 'redis' } & Section<typeof redisKeys>)
  | ({ readonly type: 'embedded' } & Section<typeof embeddedKeys>)
);

/** The object that the declared keys make: "retry.total" is `total` of `retry`. */
type Section<D extends Declarations> = BothCases<{
  readonly [K in TopLevel<D>]?: (K extends keyof D ? Input<D[K]> : BothCases<Inner<D, K>>) | undefined;
}>;

/** Keys without a dot, and sections; `type` is told by the union. */
type TopLevel<D extends Declarations> = Exclude<
  { [K in keyof D & string]: K extends `${infer Head}.${string}` ? Head : K }[keyof D & string],
  'type'
>;

type Inner<D extends Declarations, Head extends string> = {
  readonly [K in keyof D & string as K extends `${Head}.${infer Rest}` ? Rest : never]?: Input<D[K]> | undefined;
};

/** What may be written for a key, by what it is read as. */
type Input<D extends Declaration> = D extends Entries
  ? Readonly<Record<string, string | number | boolean>>
  : D extends Key<infer T>
    ? InputOf<Exclude<T, undefined>>
    : never;

type InputOf<T> = [T] extends [boolean]
  ? boolean
  : [T] extends [number]
    ? number | string
    : [T] extends [readonly unknown[]]
      ? string | readonly string[]
      : [T] extends [string]
        ? T
        : string;

type BothCases<T> = T & { readonly [K in keyof T as Camel<K & string>]?: T[K] };

type Camel<K extends string> = K extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : K;

/** Read by the same reader as a file, so that every rule, default and message is the same. */
export function storeConfigOf({ id = 'store', ...keys }: StoreOptions): LinkedStoreConfig {
  const lines = Object.entries(keys)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${quoted(kebab(key))} = ${toml(value as StoreOption, key === 'data' ? exactly : kebab)}`);
  const text = [`[store.${quoted(id)}]`, ...lines, ''].join('\n');
  // Any other type names stores, and here are none: an error.
  return loadConfig({ text, file: '<openStore>' }).stores.get(id) as LinkedStoreConfig;
}

function toml(value: StoreOption, nameOf: (key: string) => string): string {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `[${value.map((item: StoreOption) => toml(item, nameOf)).join(', ')}]`;
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return `{ ${entries.map(([key, inner]) => `${quoted(nameOf(key))} = ${toml(inner, nameOf)}`).join(', ')} }`;
}

/** A basic string: JSON's escapes are TOML's, but for DEL, which TOML does not take as it is. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll('\x7f', '\\u007f');
}

function kebab(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Keys that are the user's own. */
function exactly(key: string): string {
  return key;
}
