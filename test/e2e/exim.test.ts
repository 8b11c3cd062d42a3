import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestDaemon } from '../harness/daemon.js';
import { temporaryFolder } from '../harness/folder.js';
import { blocksOf } from '../harness/markdown.js';
import { ROOT } from '../harness/pages.js';
import { executable, requireProgram } from '../harness/programs.js';

/** A real Exim, in its test modes: no mail system runs. docs/exim.md's configuration is what it routes by. */
describe.skipIf(!requireProgram('exim'))('Exim', () => {
  const page = blocksOf('docs/exim.md', join(ROOT, 'docs/exim.md'));
  const folder = temporaryFolder();
  let daemon: TestDaemon;

  beforeAll(async () => {
    const toml = page.find(({ language }) => language === 'toml')?.text.replace('10025', '0');
    daemon = await TestDaemon.start(`${toml}
[server.listener.socket]
protocol = "line"
bind = "unix:${folder.file('line.sock')}"
mode = "0666"
`);
    const { values } = daemon.store('local');
    values.set('alias:sales@example.com', Buffer.from('ann@example.com, bob@example.com'));
    values.set('alias:@all.example', Buffer.from('everyone@example.com'));
    values.set('alias:empty@example.com', Buffer.alloc(0));
    const router = page.find(({ language }) => language === 'exim')?.text.replace('10025', String(daemon.port('exim')));
    writeFileSync(
      folder.file('exim.conf'),
      `spool_directory = ${folder.path}\nlog_file_path = ${folder.file('%slog')}\n${router}\n`,
    );
  });

  afterAll(async () => {
    await daemon.stop();
    folder[Symbol.dispose]();
  });

  function exim(...args: readonly string[]): Promise<string> {
    return new Promise((resolve) => {
      execFile(executable('exim4')!, ['-C', folder.file('exim.conf'), ...args], (_, stdout) => resolve(stdout));
    });
  }

  const ask = (where: string, request: string) => exim('-be', `\${readsocket{${where}}{${request}}{3s}{}{FAIL}}`);

  test.each([
    ['a hit', 'aliases sales@example.com\\n', 'OK ann@example.com, bob@example.com\n'],
    ['a hit by its domain', 'aliases Any+ext@ALL.example\\n', 'OK everyone@example.com\n'],
    ['a miss', 'aliases nobody@example.com\\n', 'NOTFOUND \n'],
    ['an empty value', 'aliases empty@example.com\\n', 'NOTFOUND \n'],
    ['a map that is not served', 'nothing key\\n', 'PERM unknown map "nothing"\n'],
    [
      'two questions at once',
      'aliases nobody@example.com\\naliases x@all.example\\n',
      'NOTFOUND \nOK everyone@example.com\n',
    ],
  ])('hears of %s over TCP and a unix socket', async (_, request, answer) => {
    expect(await ask(`inet:127.0.0.1:${daemon.port('exim')}`, request)).toBe(`${answer}\n`);
    expect(await ask(folder.file('line.sock'), request)).toBe(`${answer}\n`);
  });

  test('routes by the configuration of the page, and defers while the answer is not known', async () => {
    const routed = await exim('-bt', 'sales@example.com');
    expect(routed).toContain('ann@example.com is undeliverable: Unrouteable address\n    <-- sales@example.com');
    expect(await exim('-bt', 'nobody@example.com')).toBe('nobody@example.com is undeliverable: Unrouteable address\n');
    daemon.store('local').failure = 'UNREACHABLE';
    expect(await exim('-bt', 'sales@example.com')).toContain(
      'sales@example.com cannot be resolved at this time: TEMP store "local": get: unreachable',
    );
  });
});
