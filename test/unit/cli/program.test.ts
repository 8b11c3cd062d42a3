import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { commands } from '../../../src/cli/commands/index.js';
import { runHere } from '../../harness/program.js';

describe('the program', () => {
  it('without a command tells how it is used', async () => {
    const { code, out, err } = await runHere([]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('Usage: lookupd');
  });

  it.each([['--help'], ['help'], ['-h']])('%s lists every command and the exit codes', async (argument) => {
    const { code, out } = await runHere([argument]);
    expect(code).toBe(0);
    for (const { name, summary } of commands) expect(out).toMatch(new RegExp(`^  ${name} .*${summary}$`, 'm'));
    expect(out).toMatch(/^ {2}75 {2}failed: a store does not answer/m);
  });

  it.each(commands.map(({ name }) => name))('help %s shows its arguments, options and examples', async (name) => {
    const command = commands.find((one) => one.name === name)!;
    const { code, out } = await runHere(['help', name]);
    expect(code).toBe(0);
    expect(out).toContain(`Usage: lookupd ${name}`);
    for (const { flags } of Object.values(command.options)) expect(out).toContain(flags);
    for (const { line } of command.examples) expect(out).toContain(line);
  });

  it('knows its version', async () => {
    const { code, out } = await runHere(['--version']);
    expect(code).toBe(0);
    expect(out).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
  });

  it.each<[string[], string]>([
    [['chek'], "lookupd: unknown command 'chek'\n(Did you mean check?)"],
    [['check', '--jsn'], "lookupd: unknown option '--jsn'\n(Did you mean --json?)\n(see lookupd help check)"],
    [['check', 'extra'], "lookupd: too many arguments for 'check'"],
    [['check', '-c'], "lookupd: option '-c, --config <file>' argument missing"],
  ])('refuses %j', async (argv, message) => {
    const { code, out, err } = await runHere(argv);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(message);
  });

  it('has a line in the index for every command file', () => {
    const folder = fileURLToPath(new URL('../../../src/cli/commands', import.meta.url));
    const files = readdirSync(folder).filter((file) => file !== 'index.ts');
    expect(files.length).toBe(commands.length);
  });
});
