import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DictKeys } from '../../../src/lookups/dict/keys.js';

const keys = new DictKeys('quota/', ['passdb/*', 'userdb/*']);

describe('where a path stands in the store', () => {
  test.each<[string, string, string]>([
    ['shared/x', '', 'quota/x'],
    ['shared/x', 'ann', 'quota/x'],
    ['priv/x', 'ann', 'quota/ann/x'],
    ['priv/quota/storage', 'ann@example.com', 'quota/ann@example.com/quota/storage'],
    // As Dovecot's redis driver escapes a user's name.
    ['priv/x', 'a/b', 'quota/a\\-b/x'],
    ['priv/x', '/', 'quota/\\-/x'],
    ['priv/x', 'a/b\\c', 'quota/a\\-b\\\\c/x'],
    ['priv/x', 'DOMAIN\\ann', 'quota/DOMAIN\\ann/x'],
    ['priv/x', 'a\\\\b', 'quota/a\\\\b/x'],
    // Shared keys that could be a user's are kept apart, but for those that are said to be shared.
    ['shared/ann/x', 'ann', 'quota//ann/x'],
    ['shared//x', '', 'quota///x'],
    ['shared/passdb/ann', '', 'quota/passdb/ann'],
    ['shared/passdb/a/b', '', 'quota/passdb/a/b'],
    // Names, not paths.
    ['priv/../bob/x', 'ann', 'quota/ann/../bob/x'],
    ['priv/x', '..', 'quota/../x'],
    ['shared/../ann/x', '', 'quota//../ann/x'],
    ['shared/..', '', 'quota/..'],
    ['priv/', 'ann', 'quota/ann/'],
    ['shared/', '', 'quota/'],
    ['priv/a\0b\n', 'c\0d', 'quota/c\0d/a\0b\n'],
  ])('%j of user %j is %j', (path, user, key) => {
    expect(keys.locate(path, user)).toEqual({ key });
  });

  test.each<[string, string, string]>([
    ['priv/x', '', 'a private key needs a user'],
    ['x', 'ann', 'a key starts with "shared/" or "priv/"'],
    ['', 'ann', 'a key starts with "shared/" or "priv/"'],
    ['Shared/x', 'ann', 'a key starts with "shared/" or "priv/"'],
    ['priv/ann', 'passdb', 'keys of this user are shared ones'],
    ['priv/x', 'a\\-b', 'the name of this user reads like that of another'],
    ['priv/x', '\\-', 'the name of this user reads like that of another'],
    ['priv/x', 'a\\\\\\-b', 'the name of this user reads like that of another'],
  ])('%j of user %j is nowhere', (path, user, refused) => {
    expect(keys.locate(path, user)).toEqual({ refused });
    if (path !== 'priv/ann') expect(keys.range(path, user, true)).toEqual({ refused });
  });

  test('everything is shared where it is said to be', () => {
    const all = new DictKeys('', ['*']);
    expect(all.locate('shared/ann/x', '')).toEqual({ key: 'ann/x' });
    expect(all.locate('priv/x', 'ann')).toEqual({ refused: 'keys of this user are shared ones' });
  });
});

/** Names out of few letters, so that they meet. */
const name = fc.string({ unit: fc.constantFrom('a', '/', '\\', '-', '.', 'passdb'), maxLength: 6 });
const paths = fc.oneof(
  name.map((rest) => ({ path: `shared/${rest}`, user: '' })),
  fc.record({ path: name.map((rest) => `priv/${rest}`), user: name }),
);

describe('whatever the names', () => {
  test('no two owners have a key in common', () => {
    fc.assert(
      fc.property(paths, paths, (one, other) => {
        const [first, second] = [one, other].map(({ path, user }) => keys.locate(path, user));
        if (!('key' in first!) || !('key' in second!) || first.key !== second.key) return;
        expect(other).toEqual(one);
      }),
      { numRuns: 20_000 },
    );
  });

  test('listing finds exactly the paths that start with one, under their names', () => {
    fc.assert(
      fc.property(fc.array(paths, { maxLength: 12 }), paths, (held, { path, user }) => {
        const located = held.map((one) => ({ ...one, located: keys.locate(one.path, one.user) }));
        const range = keys.range(path, user, true);
        if ('refused' in range) return;
        const store = new Set(located.flatMap((one) => ('key' in one.located ? [one.located.key] : [])));
        const found = range.prefixes.flatMap((prefix) => [...store].filter((key) => key.startsWith(prefix)));
        const listed = new Set(found.map((key) => range.pathOf(key)).filter((one) => one !== undefined));
        const owned = located.filter(
          (one) => 'key' in one.located && (one.path.startsWith('shared/') || one.user === user),
        );
        expect([...listed].sort()).toEqual(
          [...new Set(owned.map((one) => one.path).filter((one) => one.startsWith(path)))].sort(),
        );
      }),
      { numRuns: 5_000 },
    );
  });
});
