import { randomBytes } from 'node:crypto';

/** Chance as an argument: tests seed it, production draws from the operating system. */
export interface Random {
  /** A float in [0, 1). */
  float(): number;
  /** An integer in [0, bound), bound at most 2^32. */
  below(bound: number): number;
  bytes(length: number): Buffer;
}

export const systemRandom: Random = {
  float: Math.random,
  below: (bound) => Math.floor(Math.random() * bound),
  bytes: (length) => randomBytes(length),
};

/** The same numbers for the same seed (xorshift32): for tests and for `seed` options, never for tokens. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0 || 0x9e3779b9;
  const next = () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
  const float = () => next() / 2 ** 32;
  return {
    float,
    below: (bound) => Math.floor(float() * bound),
    bytes(length) {
      const bytes = Buffer.allocUnsafe(length);
      for (let i = 0; i < length; i++) bytes[i] = next() & 0xff;
      return bytes;
    },
  };
}
