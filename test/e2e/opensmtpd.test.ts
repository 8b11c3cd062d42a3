import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { blocksOf } from '../harness/markdown.js';
import { ROOT } from '../harness/pages.js';
import { startProcess } from '../harness/program.js';

/**
 * The tables of docs/opensmtpd.md, started as they are written there and asked as smtpd asks (table_proc.c of 7.8):
 * one request after the other, ended by closing its side. Debian 12 has no smtpd that new.
 */
const smtpdConf = blocksOf('docs/opensmtpd.md', join(ROOT, 'docs/opensmtpd.md'))
  .filter(({ language }) => language === 'smtpd')
  .map(({ text }) => text)
  .join('\n');
const tables = [...smtpdConf.matchAll(/^table (\S+) proc:"\S+ (.*)"$/gm)].map((match) => ({
  name: match[1]!,
  command: match[2]!.replace('/etc/lookupd/lookupd.toml', join(ROOT, 'config/lookupd.toml')),
}));

const DIALOGUES: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  aliases: [
    ['lookup|alias|1a|sales@example.com', 'lookup-result|1a|found|ann@example.com, bob@example.com'],
    ['lookup|alias|1b|nobody@example.org', 'lookup-result|1b|not-found'],
    ['update|1c', 'update-result|1c|ok'],
  ],
  domains: [
    ['check|domain|2a|example.com', 'check-result|2a|found'],
    ['check|domain|2b|example.org', 'check-result|2b|not-found'],
  ],
};

test.each(tables)('table $name', async ({ name, command }) => {
  const child = startProcess(command.split(' '), { open: true });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => (await lines.next()).value as string | undefined;
  child.stdin.write(`config|smtpd-version|7.8.0\nconfig|protocol|0.1\nconfig|tablename|${name}\nconfig|ready\n`);
  const registered: (string | undefined)[] = [];
  do registered.push(await next());
  while (registered.at(-1)?.startsWith('register|') && registered.at(-1) !== 'register|ready');
  expect(registered).toContain('register|alias');
  expect(registered.at(-1)).toBe('register|ready');
  for (const [asked, answer] of DIALOGUES[name]!) {
    child.stdin.write(`table|0.1|1713795082.354255|${name}|${asked}\n`);
    expect(await next()).toBe(answer);
  }
  child.stdin.end();
  expect(await ended).toEqual([0, null]);
});

test('the page has them', () => {
  expect(tables.map(({ name }) => name)).toEqual(Object.keys(DIALOGUES));
});
