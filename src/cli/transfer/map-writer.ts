import type { MapConfig, StoreConfig } from '../../config/model.js';
import { foldCase } from '../../lookups/fold.js';
import { compileTemplate, type Template } from '../../lookups/template.js';
import type { Argument } from '../../resp/reply.js';
import type { LookupStore } from '../../stores/store.js';

/** What a map finds for a key, ready to be written. */
export interface MapEntry {
  readonly key: Buffer;
  /** hget: the hash's field; member: the set's member. */
  readonly field: Buffer | undefined;
  readonly value: Buffer;
}

/**
 * Writes entries where a map looks for them: a key's text goes through the map's case folding and its templates.
 * Writing the same again changes nothing, so a batch whose fate is unknown is written again.
 */
export class MapWriter {
  readonly #map: MapConfig;
  readonly #store: LookupStore;
  readonly #keyPrefix: Buffer;
  readonly #ttl: number | undefined;
  readonly #key: Template;
  readonly #field: Template | undefined;

  constructor(map: MapConfig, store: LookupStore, config: StoreConfig, ttl: number | undefined) {
    this.#map = map;
    this.#store = store;
    this.#keyPrefix = Buffer.from('keyPrefix' in config ? config.keyPrefix : '');
    this.#ttl = ttl;
    this.#key = compileTemplate(map.key);
    const field = map.operation === 'hget' ? (map.field ?? '%s') : map.operation === 'member' ? map.member : undefined;
    this.#field = field === undefined ? undefined : compileTemplate(field);
  }

  /** Undefined for a key that lacks what a template asks for: the map would never look for it. */
  entry(key: Buffer, value: Buffer): MapEntry | undefined {
    const folded = this.#map.foldCase ? foldCase(key) : key;
    const filled = this.#key.fill(folded);
    const field = this.#field?.fill(folded);
    return filled === null || field === null ? undefined : { key: filled, field, value };
  }

  /** All of them, sent together. Rejects with the first StoreError. */
  async write(entries: readonly MapEntry[]): Promise<void> {
    if (this.#field === undefined) {
      const options = this.#ttl === undefined ? {} : { ttl: this.#ttl };
      await Promise.all(entries.map(({ key, value }) => this.#store.set(key, value, options)));
      return;
    }
    await Promise.all(entries.map((entry) => this.#store.command(...this.#command(entry))));
  }

  #command({ key, field = key, value }: MapEntry): readonly [string, ...Argument[]] {
    const stored = Buffer.concat([this.#keyPrefix, key]);
    return this.#map.operation === 'hget' ? ['HSET', stored, field, value] : ['SADD', stored, field];
  }
}
