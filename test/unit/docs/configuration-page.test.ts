import { expect, it } from 'vitest';
import type { Declaration, Declarations } from '../../../src/config/declarations/declaration.js';
import { listenerKeys } from '../../../src/config/declarations/listener.js';
import { logKeys } from '../../../src/config/declarations/log.js';
import { mapKeys } from '../../../src/config/declarations/map.js';
import { LATER_SECTIONS } from '../../../src/config/declarations/root.js';
import { embeddedKeys, redisKeys } from '../../../src/config/declarations/store.js';

/**
 * docs/configuration.md is written from the declarations that check a configuration: this fails when one of
 * them changed and the page did not (`npx vitest run --project unit test/unit/docs -u` writes it).
 */
it('docs/configuration.md says what the declarations say', async () => {
  await expect(page()).toMatchFileSnapshot('../../../docs/configuration.md');
});

function page(): string {
  return [INTRODUCTION, ...SECTIONS.map(section), LATER].join('\n');
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
  { title: '`[map.<id>]`', text: 'What a mail server asks for by name.', keys: mapKeys },
  {
    title: '`[server.listener.<id>]`',
    text: 'Where mail servers connect.',
    keys: listenerKeys,
  },
  { title: '`[log]`', text: 'The log goes to standard error.', keys: logKeys },
];

const LATER = `## \`[lookup.<id>]\`

A static list: its keys are looked up as they stand, \`*\` and \`?\` in them match (a backslash before one takes it literally);
an exact key wins over a glob, then the first glob in sorted order. \`true\` is found as \`1\`, \`false\` as \`0\`.

\`\`\`toml
[lookup."vip"]
"ceo@example.com" = true
"*@partner.example" = "partner"
\`\`\`

## Not available yet

The sections ${LATER_SECTIONS.map((name) => `\`[${name}]\``).join(', ')} and the keys marked so above belong to features that
are not built yet. Using one is an error that says so.
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
    case 'later':
      return `| \`${name}\` | | *Not available yet.* ${doc} |`;
  }
}

function fallback(required: boolean, value: unknown): string {
  if (required) return '*required*';
  return value === undefined ? '' : `\`${JSON.stringify(value)}\``;
}
