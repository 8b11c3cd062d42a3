import { isUtf8 } from 'node:buffer';
import { found, notFound, type Outcome } from '../core/outcome.js';
import { Glob, isGlob, literalText } from './glob.js';
import type { Query, Source } from './lookup.js';

/**
 * `[lookup.<id>]`, Stalwart's static list: an exact key wins, then the first glob in sorted order. Case
 * counts, so a list for a map that folds case is written in lower case.
 */
export class StaticList implements Source {
  readonly name: string;
  readonly #exact = new Map<string, Outcome>();
  readonly #globs: readonly { readonly glob: Glob; readonly outcome: Outcome }[];

  constructor(name: string, entries: ReadonlyMap<string, string>) {
    this.name = name;
    const globs: string[] = [];
    for (const [key, value] of entries) {
      if (isGlob(key)) globs.push(key);
      else this.#exact.set(literalText(key), found(Buffer.from(value, 'utf8')));
    }
    this.#globs = globs.sort(byBytes).map((key) => ({
      glob: new Glob(key),
      outcome: found(Buffer.from(entries.get(key) as string, 'utf8')),
    }));
  }

  lookup(queries: readonly Query[]): Promise<readonly Outcome[]> {
    return Promise.resolve(queries.map((query) => this.#find(query.key)));
  }

  ask({ key }: Query, answered: (outcome: Outcome) => void): void {
    answered(this.#find(key));
  }

  #find(key: Buffer): Outcome {
    const text = key.toString('utf8');
    const exact = isUtf8(key) ? this.#exact.get(text) : undefined;
    return exact ?? this.#globs.find(({ glob }) => glob.matches(text))?.outcome ?? notFound;
  }
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'));
}
