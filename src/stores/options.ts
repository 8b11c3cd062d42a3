import { loadConfig } from '../config/load.js';
import type { StoreConfig } from '../config/model.js';

export type StoreOption =
  | string
  | number
  | boolean
  | readonly StoreOption[]
  | { readonly [key: string]: StoreOption | undefined }
  | undefined;

/**
 * The keys of `[store.<id>]` as an object, in kebab-case as in the file or in camelCase; sections are objects
 * (`{ retry: { maxWait: '1s' } }`). `id` is what errors and metrics call the store, "store" by default.
 * Values mean what they mean in the file, macros such as `%{env:PASSWORD}%` included.
 */
export interface StoreOptions {
  readonly id?: string | undefined;
  readonly type: string;
  readonly [key: string]: StoreOption;
}

/** Read by the same reader as a file, so that every rule, default and message is the same. */
export function storeConfigOf({ id = 'store', ...keys }: StoreOptions): StoreConfig {
  const lines = Object.entries(keys)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${quoted(kebab(key))} = ${toml(value, key === 'data' ? exactly : kebab)}`);
  const text = [`[store.${quoted(id)}]`, ...lines, ''].join('\n');
  return loadConfig({ text, file: '<openStore>' }).stores.get(id)!;
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
