import { inspect } from 'node:util';

const HIDDEN = '[secret]';

/**
 * A value that never shows itself: text, JSON and inspection say "[secret]". Whoever must have it calls
 * `reveal()`, at the place where it leaves for the wire and nowhere else.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }
}
