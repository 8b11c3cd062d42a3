/**
 * Sizes as redis.conf writes them: bytes, or a number with b, k (1000), kb (1024), m, mb, g or gb in any
 * case.
 */
const UNIT_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1000,
  kb: 1024,
  m: 1000 ** 2,
  mb: 1024 ** 2,
  g: 1000 ** 3,
  gb: 1024 ** 3,
};

const SIZE = /^\s*(\d+)\s*(b|[kmg]b?|)\s*$/i;

/** Bytes, at least 1; undefined when the text is no size. */
export function parseSize(text: string): number | undefined {
  const parts = SIZE.exec(text);
  if (parts === null) return undefined;
  const bytes = Number(parts[1]) * UNIT_BYTES[parts[2]!.toLowerCase()]!;
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined;
}
