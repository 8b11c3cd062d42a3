import type { MapConfig } from '../config/model.js';
import { notFound, type Outcome } from '../core/outcome.js';
import type { LookupCache } from './cache.js';
import { expandKey } from './expand.js';
import { foldCase } from './fold.js';
import type { AskedMap, Explanation, LookupOptions, Query, Source, Try } from './lookup.js';
import { compileTemplate, type Template } from './template.js';

/**
 * `[map.<id>]`: folds the key, expands it, fills the template, and asks its sources in order, each with all
 * keys in one round trip. The template says where a store keeps its keys, so a static list beside a store is
 * asked the bare key; a map of lists alone has no other use for a template, and lists follow it there. The first source that has an answer wins, and within a source the first key. A
 * failure counts as an answer: what is not known is never hidden by something less specific that is.
 */
export class ConfiguredMap implements AskedMap {
  readonly name: string;
  readonly #config: MapConfig;
  readonly #sources: readonly Source[];
  readonly #cache: LookupCache | undefined;
  readonly #key: Template;
  readonly #field: Template | undefined;
  /** By source: whether it is asked the bare key. */
  readonly #bare: readonly boolean[];
  /** Whether a key is asked for in one form and one source, and no cache stands before it. */
  readonly #isSimple: boolean;

  constructor(config: MapConfig, sources: readonly Source[], cache?: LookupCache) {
    this.name = config.id;
    this.#config = config;
    this.#sources = sources;
    this.#cache = cache;
    this.#key = compileTemplate(config.key);
    const field = fieldTemplate(config);
    this.#field = field === undefined ? undefined : compileTemplate(field);
    const hasStore = config.sources.some(({ kind }) => kind === 'store');
    this.#bare = config.sources.map(({ kind }) => hasStore && kind === 'lookup');
    this.#isSimple = cache === undefined && sources.length === 1 && config.expand.join() === 'full';
  }

  lookup(key: Buffer, options?: LookupOptions): Promise<Outcome> {
    const folded = this.#fold(key);
    // A shared lookup cannot be one caller's to abort.
    if (this.#cache === undefined || options?.signal !== undefined) return this.#resolve(folded, options);
    return this.#cache.lookup(folded, () => this.#resolve(folded));
  }

  /** What most maps are, one form of the key in one source, takes the short way. */
  ask(key: Buffer, answered: (outcome: Outcome) => void): void {
    const source = this.#sources[0];
    const query = source?.ask === undefined || !this.#isSimple ? undefined : this.#onlyQuery(this.#fold(key));
    if (query === undefined) void this.lookup(key).then(answered);
    else source!.ask!(query, answered);
  }

  async explain(key: Buffer, options?: LookupOptions): Promise<Explanation> {
    const tries: Try[] = [];
    const outcome = await this.#resolve(this.#fold(key), options, (attempt) => tries.push(attempt));
    return { outcome, tries };
  }

  #fold(key: Buffer): Buffer {
    return this.#config.foldCase ? foldCase(key) : key;
  }

  async #resolve(key: Buffer, options?: LookupOptions, onTry?: (attempt: Try) => void): Promise<Outcome> {
    const filled = this.#queriesFor(key, this.#key);
    const bare = this.#bare.includes(true) ? this.#queriesFor(key, BARE) : filled;
    for (const [i, source] of this.#sources.entries()) {
      const queries = this.#bare[i] ? bare : filled;
      if (queries.length === 0) continue;
      const outcomes = await source.lookup(queries, options);
      const decisive = outcomes.findIndex((outcome) => outcome.kind !== 'notFound');
      if (onTry !== undefined) report(source, queries, outcomes, decisive, onTry);
      const outcome = outcomes[decisive];
      if (outcome !== undefined) return outcome;
    }
    return notFound;
  }

  /** Undefined when the key lacks a part of the template: nothing is asked then. */
  #onlyQuery(key: Buffer): Query | undefined {
    const filled = this.#key.fill(key);
    if (this.#field === undefined) return filled === null ? undefined : { key: filled };
    const field = this.#field.fill(key);
    return filled === null || field === null ? undefined : { key: filled, field };
  }

  #queriesFor(key: Buffer, template: Template): ExpandedQuery[] {
    const { expand, recipientDelimiter } = this.#config;
    const queries: ExpandedQuery[] = [];
    for (const form of expandKey(key, expand, recipientDelimiter)) {
      const filled = template.fill(form.key);
      const field = this.#field?.fill(form.key);
      if (filled === null || field === null) continue;
      const query = { expansion: form.expansion, key: filled, ...(field === undefined ? {} : { field }) };
      if (!queries.some((other) => sameQuery(other, query))) queries.push(query);
    }
    return queries;
  }
}

const BARE = compileTemplate('%s');

interface ExpandedQuery extends Query {
  readonly expansion: string;
}

/** A template may make one key of several forms: "%d" does. */
function sameQuery(a: Query, b: Query): boolean {
  return a.key.equals(b.key) && (a.field === undefined || (b.field !== undefined && a.field.equals(b.field)));
}

function fieldTemplate(config: MapConfig): string | undefined {
  if (config.operation === 'hget') return config.field ?? '%s';
  return config.operation === 'member' ? (config.member ?? '%s') : undefined;
}

/** Everything that was asked, up to the answer that decided. */
function report(
  source: Source,
  queries: readonly ExpandedQuery[],
  outcomes: readonly Outcome[],
  decisive: number,
  onTry: (attempt: Try) => void,
): void {
  const asked = decisive === -1 ? queries : queries.slice(0, decisive + 1);
  for (const [i, query] of asked.entries()) onTry({ source: source.name, ...query, outcome: outcomes[i] as Outcome });
}
