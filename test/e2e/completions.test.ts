import { execFile } from 'node:child_process';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands/index.js';
import { SHELLS } from '../../src/cli/completions/words.js';
import { temporaryFolder } from '../harness/folder.js';
import { runHere } from '../harness/program.js';
import { executable, requireProgram } from '../harness/programs.js';

/** The scripts in the shells themselves, with a `lookupd` in the PATH that answers as the program does, below. */
const run = promisify(execFile);
const folder = temporaryFolder();
const config = folder.file('lookupd.toml');
const env = {
  ...process.env,
  PATH: `${folder.path}:${process.env['PATH']}`,
  LOOKUPD_CONFIG: config,
  HOME: folder.path,
};

const STUB = `#!/bin/sh
case "$*" in
  'completions stores') printf 'first\\nsecond\\n' ;;
  'completions stores -c other.toml') echo elsewhere ;;
  'completions maps') echo aliases ;;
  'completions stores -c wild.toml') printf '%s\\n' '$(touch made)' '\`touch made\`' 'two words' '*' plain ;;
  *) exit 2 ;;
esac
`;

beforeAll(async () => {
  writeFileSync(folder.file('lookupd'), STUB);
  chmodSync(folder.file('lookupd'), 0o755);
  const store = (id: string) => `[store."${id}"]\ntype = "embedded"\n`;
  writeFileSync(config, `${store('first')}${store('second')}[map."aliases"]\nstore = "first"\n`);
  writeFileSync(folder.file('other.toml'), store('elsewhere'));
  for (const shell of SHELLS) writeFileSync(folder.file(shell), (await runHere(['completions', shell])).out);
});
afterAll(() => folder[Symbol.dispose]());

/** What bash offers for the line, the cursor behind its last character. */
async function inBash(line: string): Promise<string[]> {
  const words = line.split(' ');
  const script = `source "${folder.file('bash')}"
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}) COMP_CWORD=${words.length - 1}
_lookupd; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return (await run('bash', ['--norc', '-c', script], { env, cwd: folder.path })).stdout.split('\n').filter(Boolean);
}

async function inFish(line: string): Promise<string[]> {
  const script = `source "${folder.file('fish')}"; complete -C '${line}'`;
  const { stdout } = await run('fish', ['--no-config', '-c', script], { env, cwd: folder.path });
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((offered) => offered.split('\t')[0]!);
}

const CASES: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ['lookupd sch', ['schema']],
  ['lookupd get ', ['first', 'second']],
  ['lookupd get s', ['second']],
  ['lookupd get -c other.toml ', ['elsewhere']],
  ['lookupd query ', ['aliases']],
  ['lookupd console f', ['first']],
  ['lookupd get first ', []],
  ['lookupd completions b', ['bash']],
  ['lookupd set first k v --if', ['--if-absent']],
  ['lookupd query --via s', ['socketmap']],
];

describe.skipIf(executable('bash') === undefined)('in bash', () => {
  it.each(CASES)('%j', async (line, offered) => {
    expect(await inBash(line)).toEqual(offered);
  });

  it('offers names whatever they are, quoted, and runs nothing', async () => {
    writeFileSync(folder.file('wild.toml'), '');
    expect(await inBash('lookupd get -c wild.toml ')).toEqual([
      '\\$\\(touch\\ made\\)',
      '\\`touch\\ made\\`',
      'two\\ words',
      '\\*',
      'plain',
    ]);
    expect(await inBash('lookupd get -c wild.toml two')).toEqual(['two\\ words']);
    expect(existsSync(folder.file('made'))).toBe(false);
  });

  it('offers every command, and files where files are meant', async () => {
    expect(await inBash('lookupd ')).toEqual([...commands.map(({ name }) => name), 'help']);
    expect(await inBash('lookupd check -c ot')).toEqual(['other.toml']);
    expect(await inBash('lookupd import aliases ot')).toEqual(['other.toml']);
  });
});

describe.skipIf(!requireProgram('fish'))('in fish', () => {
  it.each(CASES)('%j', async (line, offered) => {
    expect(await inFish(line)).toEqual(offered);
  });
});

describe.skipIf(!requireProgram('zsh'))('in zsh', () => {
  it('reads the script', async () => {
    await run('zsh', ['-f', '-n', folder.file('zsh')], { env });
  });
});

describe('the command', () => {
  it.each<[string, string]>([
    ['stores -c other.toml', 'elsewhere\n'],
    ['stores', 'first\nsecond\n'],
    ['maps', 'aliases\n'],
    ['dicts', ''],
    ['policies', ''],
  ])('prints the names of %s', async (what, out) => {
    const file = what.replace('other.toml', folder.file('other.toml'));
    expect(await runHere(['completions', ...file.split(' ')], { env: { LOOKUPD_CONFIG: config } })).toEqual({
      code: 0,
      out,
      err: '',
    });
  });

  it('knows no other shells', async () => {
    const { code, err } = await runHere(['completions', 'csh']);
    expect(code).toBe(2);
    expect(err).toContain('"csh" is neither a shell');
  });
});
