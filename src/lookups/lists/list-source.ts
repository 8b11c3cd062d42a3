import { type Outcome, temporary } from '../../core/outcome.js';
import type { Query, Source } from '../lookup.js';
import type { LoadedList } from './loaded-list.js';

/** A list that comes from somewhere, as a map asks it. Its answers change all at once, when another text is loaded. */
export class ListSource implements Source {
  readonly name: string;
  #list: LoadedList | undefined;

  constructor(name: string) {
    this.name = name;
  }

  /** Undefined until something was loaded: answers are not known then. */
  get list(): LoadedList | undefined {
    return this.#list;
  }

  use(list: LoadedList): void {
    this.#list = list;
  }

  lookup(queries: readonly Query[]): Promise<readonly Outcome[]> {
    return Promise.resolve(queries.map(({ key }) => this.#find(key)));
  }

  ask({ key }: Query, answered: (outcome: Outcome) => void): void {
    answered(this.#find(key));
  }

  #find(key: Buffer): Outcome {
    return this.#list?.find(key) ?? temporary(`list "${this.name}" is not loaded yet`);
  }
}
