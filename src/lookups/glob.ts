/**
 * Stalwart's globs, matched character by character: `*` any number, `?` exactly one, a backslash takes the
 * next character literally. Case counts. Time is at most the product of the two lengths: a `*` is never
 * tried again once a later one has been reached.
 */
export class Glob {
  readonly #tokens: readonly Token[];

  constructor(pattern: string) {
    this.#tokens = parse(pattern);
  }

  matches(text: string): boolean {
    const tokens = this.#tokens;
    const characters = Array.from(text);
    let token = 0;
    let at = 0;
    let star = -1;
    let starAt = 0;
    while (at < characters.length) {
      const current = tokens[token];
      if (current === ANY) {
        star = token++;
        starAt = at;
      } else if (current === ONE || (current !== undefined && current === characters[at])) {
        token++;
        at++;
      } else if (star !== -1) {
        token = star + 1;
        at = ++starAt;
      } else return false;
    }
    while (tokens[token] === ANY) token++;
    return token === tokens.length;
  }
}

/** Whether the key has an unescaped `*` or `?`. */
export function isGlob(key: string): boolean {
  return parse(key).some((token) => token === ANY || token === ONE);
}

/** The text that a pattern without wildcards stands for. */
export function literalText(pattern: string): string {
  return parse(pattern).join('');
}

const ANY = Symbol('*');
const ONE = Symbol('?');
type Token = string | typeof ANY | typeof ONE;

function parse(pattern: string): Token[] {
  const tokens: Token[] = [];
  let escaped = false;
  for (const character of pattern) {
    if (escaped) tokens.push(character);
    else if (character === '*') tokens.push(ANY);
    else if (character === '?') tokens.push(ONE);
    else if (character !== '\\') tokens.push(character);
    escaped = !escaped && character === '\\';
  }
  return tokens;
}
