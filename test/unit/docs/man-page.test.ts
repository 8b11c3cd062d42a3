import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands } from '../../../src/cli/commands/index.js';
import { manPage } from '../../harness/man-page.js';
import { ROOT } from '../../harness/pages.js';
import { executable } from '../../harness/programs.js';

/** docs/man/lookupd.1 is written from the commands' declarations; `npm run docs` writes it anew. */
const PAGE = join(ROOT, 'docs/man/lookupd.1');

describe('the manual page', () => {
  it('says what the declarations say', async () => {
    await expect(manPage(commands)).toMatchFileSnapshot(PAGE);
  });

  it('comes along with the package', () => {
    const { man, files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      readonly man: readonly string[];
      readonly files: readonly string[];
    };
    expect(man.map((path) => join(ROOT, path))).toEqual([PAGE]);
    expect(files).toContain('docs');
  });

  it.skipIf(executable('groff') === undefined)(
    'is read by groff without a warning, and shows every command and option',
    () => {
      const { stdout, stderr, status } = spawnSync('groff', ['-man', '-Tascii', '-ww', '-P-cbou'], {
        encoding: 'utf8',
        input: manPage(commands),
      });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      const shown = stdout.replaceAll(/\s+/g, ' ');
      for (const { name, options, examples } of commands) {
        expect(shown).toContain(`lookupd ${name}`);
        for (const { flags } of Object.values(options)) expect(shown).toContain(flags);
        for (const { line } of examples) expect(shown).toContain(line.replaceAll(/\s+/g, ' '));
      }
    },
  );
});
