import { globMatches } from '../../core/glob.js';

/**
 * Where a dictionary's paths stand in the store: as Dovecot's own redis driver has them, so that a migration
 * copies nothing, and so that no path leads to what another one owns. Bytes are one character each.
 *
 *     shared/x           <prefix>x
 *     priv/x of user u   <prefix>u/x     in a u with slashes, `/` is `\-` and `\` is `\\`
 *     shared/a/x         <prefix>/a/x    since <prefix>a/x is what user a owns; but as Dovecot has it,
 *                        <prefix>a/x     where one of the `shared` globs matches a/x: then user a owns no such key
 *
 * Dots mean nothing: a key is a name, not a path. A user without slashes whose name reads like that of another,
 * written with escapes, owns nothing.
 */
export class DictKeys {
  readonly #prefix: string;
  readonly #shared: readonly string[];

  /** All in bytes: a prefix and globs. */
  constructor(prefix: string, shared: readonly string[]) {
    this.#prefix = prefix;
    this.#shared = shared;
  }

  /** The store's key of a path. */
  locate(path: string, user: string): Located {
    if (path.startsWith(SHARED)) return { key: this.#prefix + this.#sharedName(path.slice(SHARED.length)) };
    const owned = this.#owned(path, user);
    if ('refused' in owned) return owned;
    const name = owned.key + path.slice(PRIVATE.length);
    return this.#isShared(name) ? { refused: 'keys of this user are shared ones' } : { key: this.#prefix + name };
  }

  /** What to scan the store for, to find the paths that start with this one. */
  range(path: string, user: string, recursive: boolean): Range | Refused {
    if (path.startsWith(SHARED)) return this.#sharedRange(path.slice(SHARED.length), recursive);
    const owned = this.#owned(path, user);
    if ('refused' in owned) return owned;
    const start = this.#prefix + owned.key;
    return {
      prefixes: [start + path.slice(PRIVATE.length)],
      pathOf: (key) => (this.#isShared(key.slice(this.#prefix.length)) ? undefined : PRIVATE + key.slice(start.length)),
    };
  }

  #sharedRange(start: string, recursive: boolean): Range {
    // Names that are kept apart hold a slash: behind a start without one, they are deeper.
    const apart = start !== '' && (recursive || start.includes('/'));
    return {
      prefixes: [this.#prefix + start, ...(apart ? [`${this.#prefix}/${start}`] : [])],
      pathOf: (key) => {
        const name = this.#sharedPath(key.slice(this.#prefix.length));
        return name?.startsWith(start) === true ? SHARED + name : undefined;
      },
    };
  }

  #sharedName(name: string): string {
    return !name.includes('/') || this.#isShared(name) ? name : `/${name}`;
  }

  /** The other way round; undefined for what a user owns. */
  #sharedPath(name: string): string | undefined {
    if (!name.includes('/') || this.#isShared(name)) return name;
    const path = name.slice(1);
    return name.startsWith('/') && path.includes('/') && !this.#isShared(path) ? path : undefined;
  }

  #isShared(name: string): boolean {
    return this.#shared.some((glob) => globMatches(glob, name));
  }

  /** What all names of a user start with. */
  #owned(path: string, user: string): Located {
    if (!path.startsWith(PRIVATE)) return { refused: 'a key starts with "shared/" or "priv/"' };
    if (user === '') return { refused: 'a private key needs a user' };
    if (LIKE_ESCAPED.test(user)) return { refused: 'the name of this user reads like that of another' };
    const name = user.includes('/') ? user.replace(/[\\/]/g, (character) => ESCAPES[character]!) : user;
    return { key: `${name}/` };
  }
}

export interface Refused {
  readonly refused: string;
}

export type Located = Refused | { readonly key: string };

export interface Range {
  readonly prefixes: readonly string[];
  /** The path of a key that was found; undefined when it is somebody else's. */
  readonly pathOf: (key: string) => string | undefined;
}

const SHARED = 'shared/';
const PRIVATE = 'priv/';
const ESCAPES: Readonly<Record<string, string>> = { '/': '\\-', '\\': '\\\\' };
/** Backslashes only as escapes make them, at least one for a slash. */
const LIKE_ESCAPED = /^(?:[^\\/]|\\\\)*\\-(?:[^\\/]|\\\\|\\-)*$/;
