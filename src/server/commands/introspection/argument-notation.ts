/**
 * The arguments of a command as its declaration writes them, one text per argument, and as COMMAND DOCS tells them.
 * Read only when somebody asks, so that the server's start does not pay for it.
 *
 *     key#0                       a key, described by the command's first key specification
 *     value   count:integer       an argument: text, or of the named type
 *     COUNT count:integer         behind a word
 *     NX   change"CH"             a word alone, named as itself or otherwise
 *     limit(offset, count)        a block; behind a word: LIMIT limit(…)
 *     order(ASC | DESC)           one of several
 *     [x]   x...   x*...          may be missing; may be repeated; may be repeated with its word
 *     x@6.2.0   x!2.8.12          since when; deprecated since when
 *
 * What is long may go over several lines between its parentheses.
 */
export interface DocumentedArgument {
  readonly name: string;
  readonly type: string;
  readonly keySpec: number | undefined;
  readonly token: string | undefined;
  readonly since: string | undefined;
  readonly deprecatedSince: string | undefined;
  readonly flags: readonly string[];
  /** Of a block, or the alternatives. */
  readonly parts: readonly DocumentedArgument[];
}

/** Throws for a text that is not written so. */
export function readArgument(text: string): DocumentedArgument {
  const line = text.replace(/\n */g, ' ').replaceAll('( ', '(').replaceAll(' )', ')');
  const reader = new Reader(line);
  const argument = reader.argument();
  reader.end();
  return argument;
}

interface Body {
  readonly name: string;
  readonly type: string;
  readonly token?: string;
  readonly parts?: readonly DocumentedArgument[];
}

class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  argument(): DocumentedArgument {
    const optional = this.skips('[');
    const word = this.takes(/([A-Z][A-Z0-9-]*) (?=[a-z])/y);
    const body = this.body();
    const keySpec = this.takes(/#(\d+)/y);
    const since = this.takes(/@(\d+(?:\.\d+)*)/y);
    const deprecatedSince = this.takes(/!(\d+(?:\.\d+)*)/y);
    const repeated = this.takes(/(\*?\.\.\.)/y);
    if (optional) this.expect(']');
    const flags: string[] = optional ? ['optional'] : [];
    if (repeated !== undefined) flags.push('multiple');
    if (repeated?.startsWith('*')) flags.push('multiple_token');
    const { name, type, token = word, parts = [] } = body;
    const isKey = keySpec !== undefined && type === 'string';
    return {
      name,
      type: isKey ? 'key' : type,
      keySpec: keySpec === undefined ? undefined : Number(keySpec),
      token,
      since,
      deprecatedSince,
      flags,
      parts,
    };
  }

  end(): void {
    if (this.at < this.text.length) throw this.unreadable();
  }

  private body(): Body {
    const alone = this.takes(/([A-Z][A-Z0-9-]*)/y);
    if (alone !== undefined) return { name: alone.toLowerCase(), type: 'pure-token', token: alone };
    const name = this.takes(/([a-z0-9][a-z0-9_/-]*(?::(?!(?:integer|double|pattern|unix-time)\b)[a-z]+)?)/y);
    if (name === undefined) throw this.unreadable();
    const token = this.takes(/"([^"]*)"/y);
    if (token !== undefined) return { name, type: 'pure-token', token };
    if (this.skips('(')) return { name, ...this.parts() };
    return { name, type: this.takes(/:([a-z-]+)/y) ?? 'string' };
  }

  private parts(): Pick<Body, 'type'> & { readonly parts: readonly DocumentedArgument[] } {
    const parts = [this.argument()];
    const oneof = this.text.startsWith(' | ', this.at);
    while (this.skips(oneof ? ' | ' : ', ')) parts.push(this.argument());
    this.expect(')');
    return { type: oneof ? 'oneof' : 'block', parts };
  }

  /** The group of what stands here. */
  private takes(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) return undefined;
    this.at = pattern.lastIndex;
    return found[1];
  }

  private skips(what: string): boolean {
    if (!this.text.startsWith(what, this.at)) return false;
    this.at += what.length;
    return true;
  }

  private expect(what: string): void {
    if (!this.skips(what)) throw this.unreadable();
  }

  private unreadable(): Error {
    return new Error(`unreadable argument "${this.text}" at ${this.at}`);
  }
}
