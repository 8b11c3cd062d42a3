import { expect, it } from 'vitest';
import type { Declaration, Declarations } from '../../../src/config/declarations/declaration.js';
import { dictKeys } from '../../../src/config/declarations/dict.js';
import { listenerKeys } from '../../../src/config/declarations/listener.js';
import { fileListKeys, httpListKeys } from '../../../src/config/declarations/lists.js';
import { logKeys } from '../../../src/config/declarations/log.js';
import { mapKeys } from '../../../src/config/declarations/map.js';
import { allowKeys, denyKeys, greylistKeys, rateLimitKeys } from '../../../src/config/declarations/policy.js';
import { serverKeys } from '../../../src/config/declarations/server.js';
import { embeddedKeys, redisKeys, shardedKeys } from '../../../src/config/declarations/store.js';

/**
 * docs/configuration.md is written from the declarations that check a configuration: this fails when one of
 * them changed and the page did not (`npx vitest run --project unit test/unit/docs -u` writes it).
 */
it('docs/configuration.md says what the declarations say', async () => {
  await expect(page()).toMatchFileSnapshot('../../../docs/configuration.md');
});

function page(): string {
  return [INTRODUCTION, ...SECTIONS.map(section), STATIC_LISTS, ...LISTS.map(section), FORMATS].join('\n');
}

const INTRODUCTION = `# Configuration

One TOML file, in Stalwart's language and names. \`lookupd check -c FILE\` tells every problem at once with its place;
\`lookupd schema\` prints the JSON Schema for editors. A key that does not exist, has the wrong type or contradicts another
is an error, and nothing starts.

- Durations are one number and one unit: \`"500ms"\`, \`"10s"\`, \`"5m"\`, \`"1h"\`, \`"30d"\`; a bare number is milliseconds.
- Texts may hold macros: \`%{env:NAME}%\` an environment variable, \`%{file:/path}%\` a file's text without its last line end,
  \`%{cfg:key}%\` another key of the file. One that cannot be expanded is an error.
- Keys with dots may be written as nested tables: \`retry.total = 3\` or \`[store."redis".retry] total = 3\`.
`;

interface Section {
  readonly title: string;
  readonly text: string;
  readonly keys: Declarations;
}

const SECTIONS: readonly Section[] = [
  { title: '`[store.<id>]`, type `redis`', text: 'A Redis or Valkey server, or a cluster of them.', keys: redisKeys },
  { title: '`[store.<id>]`, type `embedded`', text: 'The bundled server, in this process.', keys: embeddedKeys },
  {
    title: '`[store.<id>]`, type `sharded-in-memory`',
    text: `Several stores as one, as in Stalwart: a key is in the store number \`xxh3(key) mod n\` of the list, and Stalwart finds it there
too. Timeouts, retries and breakers are those of each store: one that is down fails the keys it has and no others.
Deletion by prefix and listing go over all; reading many keys asks each store once, at the same time. Transactions are
atomic within one store, and commands name keys of one store.

Nothing moves keys: with another store in the list, one fewer, or another order most keys are looked for where they are not.
To add one, stop the writers, \`export\` the maps, change the list, \`import\` them again; counters, locks and greylisting
start anew. Where that is no choice, a Redis Cluster moves its keys itself.`,
    keys: shardedKeys,
  },
  { title: '`[map.<id>]`', text: 'What a mail server asks for by name.', keys: mapKeys },
  { title: '`[dict.<id>]`', text: 'What Dovecot asks for by name: see [Dovecot](dovecot.md).', keys: dictKeys },
  {
    title: '`[policy.<id>]`, type `greylist`',
    text: 'Mail from a client network, sender and recipient never seen before is told to come again. Users who have logged in pass.',
    keys: greylistKeys,
  },
  {
    title: '`[policy.<id>]`, type `rate-limit`',
    text: 'So many mails, or recipients, in a time. A mail counts once, however often Postfix asks about it.',
    keys: rateLimitKeys,
  },
  {
    title: '`[policy.<id>]`, type `allow`',
    text: 'Who is let through: the policies behind it are not asked.',
    keys: allowKeys,
  },
  { title: '`[policy.<id>]`, type `deny`', text: 'Who is refused.', keys: denyKeys },
  {
    title: '`[server.listener.<id>]`',
    text: 'Where mail servers connect.',
    keys: listenerKeys,
  },
  {
    title: '`[server]`',
    text: 'The daemon as a whole. What several workers share: see [architecture](architecture.md).',
    keys: serverKeys,
  },
  { title: '`[log]`', text: 'The log goes to standard error.', keys: logKeys },
];

const LISTS: readonly Section[] = [
  {
    title: '`[file-lookup.<id>]`',
    text: `A list in a file. It is loaded again when the file changes: written over, renamed into place, or behind a symbolic link
that points elsewhere, as Kubernetes mounts configuration. What is loaded is used at once as a whole; a file that is
wrong, too large or gone changes nothing and is logged. Write another file and rename it: one that is written in place is
read when it was still for a quarter of a second, or two where its last line has no end. At the start and at a
reload every file must be right, or nothing changes; \`lookupd check\` tells the lines that are not.`,
    keys: fileListKeys,
  },
  {
    title: '`[http-lookup.<id>]`',
    text: `A list that is fetched, with Stalwart's keys. Until it was loaded once, its maps answer "temporary" and \`/readyz\` 503; when
a load fails, the list before it stays. Lines that mean nothing are left out and counted in the log. Servers are asked with
\`If-None-Match\` and \`If-Modified-Since\`. Unlike Stalwart a list beyond its limits is refused and not cut.`,
    keys: httpListKeys,
  },
];

const FORMATS = `## Formats of lists

| format | a line |
|---|---|
| \`list\` | a key, found as \`1\`; \`#\` starts a comment |
| \`csv\` | columns as RFC 4180 has them, also with line ends in quotes; the last value of a key counts, an empty one is \`1\` |
| \`postfix\` | what postmap(1) reads: key, white space, value; lines that start with white space go on, \`#\` starts a comment. The first value of a key counts. White space in a key stands in quotes or behind a backslash, which belong to the key, as in Postfix |
| \`cidr\` | cidr_table(5): \`network result\`, \`!network result\`, \`if network\` … \`endif\`. The first line that matches answers, whatever the prefix; rows without conditions are one search |
| \`regexp\` | regexp_table(5), pcre_table(5): \`/pattern/flags result\`, \`!/pattern/\`, \`if /pattern/\` … \`endif\`, \`$1\` in results. The first line that matches answers. Flags: \`i\` and \`s\` (on by default), \`m\`, \`A\`, \`U\`, \`E\`, \`X\`. Patterns are RE2's: no look-around, no back references, and no pattern that hangs |

In memory a list takes the bytes of its keys and values and some 15 more per entry: a million addresses with their values, a file
of 65 MB, take 79 MB and are read in one and a half seconds, in pieces of a few milliseconds between which lookups go on.
A network takes 24 bytes; a table of 100,000 is put in order in a tenth of a second at one go. A list holds at
most 10,000 patterns of at most 2,048 bytes, which are tried one after the other.
`;

const STATIC_LISTS = `## \`[lookup.<id>]\`

A static list: its keys are looked up as they stand, \`*\` and \`?\` in them match (a backslash before one takes it literally);
an exact key wins over a glob, then the first glob in sorted order. \`true\` is found as \`1\`, \`false\` as \`0\`.

\`\`\`toml
[lookup."vip"]
"ceo@example.com" = true
"*@partner.example" = "partner"
\`\`\`
`;

function section({ title, text, keys }: Section): string {
  const rows = Object.entries(keys).map(([name, declaration]) => row(name, declaration));
  return [`## ${title}`, '', text, '', '| key | default | meaning |', '|---|---|---|', ...rows, ''].join('\n');
}

function row(name: string, declaration: Declaration): string {
  const doc = declaration.doc.replaceAll('|', '\\|');
  switch (declaration.kind) {
    case 'key':
      return `| \`${name}\` | ${fallback(declaration.required, declaration.fallback)} | ${doc} |`;
    case 'entries':
      return `| \`${name}.<key>\` | | ${doc} |`;
  }
}

function fallback(required: boolean, value: unknown): string {
  if (required) return '*required*';
  return value === undefined ? '' : `\`${JSON.stringify(value)}\``;
}
