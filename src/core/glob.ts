/**
 * Redis's glob patterns over byte strings (KEYS, SCAN MATCH, PSUBSCRIBE): `*`, `?`, `[a-z]`, `[^x]`, and a
 * backslash before a literal. Never exponential: a star that fails after a later star matched is given up.
 */
export function globMatches(pattern: string, text: string, ignoreCase = false): boolean {
  if (ignoreCase) return match(pattern.toLowerCase(), text.toLowerCase());
  return match(pattern, text);
}

/** The pattern that matches exactly this text. */
export function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]^-]/g, '\\$&');
}

function match(pattern: string, text: string): boolean {
  // As in Redis: a star needs a text, be it that nothing of it is left. KEYS and SCAN know `*` as everything.
  if (text === '') return pattern === '';
  let p = 0;
  let t = 0;
  let starPattern = -1;
  let starText = 0;
  while (t < text.length) {
    const char = pattern[p];
    if (char === '*') {
      starPattern = ++p;
      starText = t;
      continue;
    }
    const next = char === undefined ? -1 : matchOne(pattern, p, text[t]!);
    if (next >= 0) {
      p = next;
      t++;
    } else if (starPattern >= 0) {
      p = starPattern;
      t = ++starText;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p >= pattern.length;
}

/** Where the pattern goes on after this element has matched the character, -1 when it does not match. */
function matchOne(pattern: string, p: number, char: string): number {
  switch (pattern[p]) {
    case '?':
      return p + 1;
    case '[':
      return matchClass(pattern, p + 1, char);
    case '\\':
      if (p + 1 < pattern.length) return pattern[p + 1] === char ? p + 2 : -1;
      return char === '\\' ? p + 1 : -1;
    default:
      return pattern[p] === char ? p + 1 : -1;
  }
}

/** A class that is not closed reaches to the pattern's end, as in Redis. */
function matchClass(pattern: string, p: number, char: string): number {
  const negated = pattern[p] === '^';
  if (negated) p++;
  let matched = false;
  for (; p < pattern.length && pattern[p] !== ']'; p++) {
    if (pattern[p] === '\\' && p + 1 < pattern.length) {
      p++;
      if (pattern[p] === char) matched = true;
    } else if (pattern[p + 1] === '-' && p + 2 < pattern.length) {
      const [first, last, byte] = [signed(pattern[p]!), signed(pattern[p + 2]!), signed(char)];
      if (byte >= Math.min(first, last) && byte <= Math.max(first, last)) matched = true;
      p += 2;
    } else if (pattern[p] === char) matched = true;
  }
  if (matched === negated) return -1;
  return Math.min(p + 1, pattern.length);
}

/** Ranges compare bytes as C's signed characters. */
function signed(char: string): number {
  return (char.charCodeAt(0) << 24) >> 24;
}
