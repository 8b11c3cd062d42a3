/**
 * How a lookup ends. Not-found is an outcome, never an exception, and "the answer is not known" is
 * never told as not-found. Each frontend maps the four once to its own protocol.
 */
export type Outcome =
  | { readonly kind: 'found'; readonly value: Buffer }
  | { readonly kind: 'notFound' }
  /** The answer is not known now; ask again later. `reason` is safe to show a client: it holds no secret. */
  | { readonly kind: 'temporary'; readonly reason: string }
  /** Asking again does not help (unknown map, key type that can never match). */
  | { readonly kind: 'permanent'; readonly reason: string };

export const notFound: Outcome = Object.freeze({ kind: 'notFound' });

export function found(value: Buffer): Outcome {
  return { kind: 'found', value };
}

export function temporary(reason: string): Outcome {
  return { kind: 'temporary', reason };
}

export function permanent(reason: string): Outcome {
  return { kind: 'permanent', reason };
}
