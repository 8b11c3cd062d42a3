import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestDaemon } from '../harness/daemon.js';
import { feed } from '../harness/feed.js';
import { type TemporaryFolder, temporaryFolder } from '../harness/folder.js';
import { blocksOf } from '../harness/markdown.js';
import { ROOT } from '../harness/pages.js';
import { executable, requireProgram, SENDMAIL, SENDMAIL_MACROS } from '../harness/programs.js';

/** Sendmail waits a minute where the machine's name has no dot: it gets a name of its own. */
const mayNameTheHost = process.getuid?.() === 0;

/**
 * A real Sendmail in its test mode, on a configuration that Sendmail's own macros make of docs/sendmail.md: no mail
 * system runs.
 */
describe.skipIf(!requireProgram('sendmail') || !mayNameTheHost)('Sendmail', () => {
  const page = blocksOf('docs/sendmail.md', join(ROOT, 'docs/sendmail.md'));
  const block = (language: string) => page.find((one) => one.language === language)!;
  let folder: TemporaryFolder;
  let home: string;
  let daemon: TestDaemon;

  beforeAll(async () => {
    folder = temporaryFolder();
    // Nobody else may write to any folder above a socket, and everybody may to /tmp.
    home = mkdtempSync(join(homedir(), '.lookupd-sendmail-'));
    const sockets = { unix: join(home, 'sendmail.sock'), unsafe: folder.file('sendmail.sock') };
    daemon = await TestDaemon.start(`${block('toml').text.replace('10023', '0')}
[server.listener.unix]
protocol = "socketmap"
bind = ["unix:${sockets.unix}", "unix:${sockets.unsafe}"]
`);
    const { values } = daemon.store('local');
    const config = block('toml').text;
    for (const [, key, value] of config.matchAll(/^"(.+)" = "(.*)"$/gm)) values.set(key!, Buffer.from(value!));
    values.set('virtuser:empty@example.com', Buffer.alloc(0));
    configure('inet', block('m4').text.replaceAll('10023', String(daemon.port('sendmail'))));
    for (const [name, path] of Object.entries(sockets)) {
      configure(name, block('m4').text.replaceAll('inet:10023@127.0.0.1', `local:${path}`));
    }
  });

  afterAll(async () => {
    await daemon?.stop();
    rmSync(home, { recursive: true });
    folder[Symbol.dispose]();
  });

  function configure(name: string, lines: string): void {
    const mc = `divert(0)dnl\nOSTYPE(\`linux')dnl\n${lines}\nMAILER(\`local')dnl\nMAILER(\`smtp')dnl\n`;
    writeFileSync(folder.file(`${name}.mc`), mc);
    const macros = [`-D_CF_DIR_=${SENDMAIL_MACROS}`, join(SENDMAIL_MACROS, 'm4/cf.m4'), folder.file(`${name}.mc`)];
    writeFileSync(folder.file(`${name}.cf`), execFileSync(executable('m4')!, macros));
  }

  /** What test mode prints about these lines. */
  async function say(lines: readonly string[], name = 'inet'): Promise<string> {
    const asNamed = ['-u', 'sh', '-c', 'hostname mx.example.net; exec "$@"', 'sh'];
    const child = spawn(executable('unshare')!, [...asNamed, SENDMAIL, '-C', folder.file(`${name}.cf`), '-bt']);
    let out = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (out += text));
    feed(child.stdin, `${lines.join('\n')}\n`);
    await once(child, 'close');
    return out;
  }

  const look = async (key: string, name?: string) => {
    const [, found] = /> map_lookup: (.*)\n/.exec(await say([`/map virtuser ${key}`], name)) ?? [];
    return found;
  };

  test('prints what the page says', async () => {
    const printed = await say(block('sendmail-bt').text.split('\n'));
    const looked = printed.match(/map_lookup: .*/g) ?? [];
    expect(looked.join('\n')).toBe(block('sendmail-bt').output?.text);
  });

  test.each([['inet'], ['unix']])('hears of hits, misses and failures over %s', async (name) => {
    expect(await look('sales@example.com', name)).toBe('virtuser (sales@example.com) returns ann@localhost (0)');
    expect(await look('nobody@example.com', name)).toBe('virtuser (nobody@example.com) no match (68)');
    expect(await look('empty@example.com', name)).toBe('virtuser (empty@example.com) no match (68)');
    expect(await look('with spaces', name)).toBe('virtuser (with spaces) no match (68)');
    daemon.store('local').failure = 'UNREACHABLE';
    expect(await look('sales@example.com', name)).toBe('virtuser (sales@example.com) no match (75)');
    daemon.store('local').failure = undefined;
  });

  test('takes no socket from a folder that others may write to', async () => {
    expect(await say(['/map virtuser sales@example.com'], 'unsafe')).toContain('unsafe: World writable directory');
  });

  test('delivers to whom the map names, refuses what it refuses, and waits while the answer is not known', async () => {
    expect(await say(['/parse sales@example.com'])).toContain('mailer local, user ann');
    expect(await say(['check_mail spam@spam.example'])).toMatch(/check_mail +returns: \$# error .* 5 \. 7 \. 1 .*550/);
    daemon.store('local').failure = 'UNREACHABLE';
    const parsed = await say(['/parse sales@example.com', 'check_mail spam@spam.example']);
    daemon.store('local').failure = undefined;
    expect(parsed).toContain('Transient parse error -- message queued for future delivery');
    expect(parsed).toMatch(/check_mail +returns: \$# error \$@ 4 \. 3 \. 0 \$: "451 Temporary system failure/);
  });
});
