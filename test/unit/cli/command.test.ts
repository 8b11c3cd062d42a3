import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { argument, type Command, defineCommand, option, UsageError } from '../../../src/cli/command.js';
import { ExitCode } from '../../../src/cli/exit-codes.js';
import { runProgram } from '../../../src/cli/program.js';
import { createOutput } from '../../../src/cli/terminal.js';
import { ConfigError } from '../../../src/config/problem.js';

async function run(command: Command, argv: readonly string[]) {
  let err = '';
  const quiet = createOutput(false, {}, () => undefined);
  const errors = createOutput(false, {}, (text) => {
    err += text.toString();
  });
  const terminal = { input: Readable.from([]), out: quiet, err: errors, env: {} };
  return { code: await runProgram([command.name, ...argv], terminal, [command]), err };
}

function port(text: string): number {
  if (!/^\d+$/.test(text)) throw new UsageError('a port is a number');
  return Number(text);
}

/** A command that records what it was given. */
function recording() {
  const received: unknown[] = [];
  const command = defineCommand({
    name: 'set',
    summary: 'records',
    arguments: { store: argument.required('store'), keys: argument.many('keys') },
    options: {
      force: option.flag('-f, --force', 'force'),
      ttl: option.text('--ttl <time>', 'ttl'),
      via: option.oneOf('--via <protocol>', ['http', 'tcp'], 'how'),
      maxPort: option.parsed('--max-port <n>', port, 'port'),
    },
    examples: [],
    run({ args, options }) {
      received.push({ args, options });
      return ExitCode.ok;
    },
  });
  return { command, received };
}

describe('a command', () => {
  it.each<[string[], object]>([
    [
      ['s', 'a'],
      {
        args: { store: 's', keys: ['a'] },
        options: { force: false, ttl: undefined, via: undefined, maxPort: undefined },
      },
    ],
    [
      ['-f', 's', 'a', '--ttl', '5s', 'b', '--via=tcp', '--max-port', '7'],
      { args: { store: 's', keys: ['a', 'b'] }, options: { force: true, ttl: '5s', via: 'tcp', maxPort: 7 } },
    ],
    [['s', '--', '-f'], { args: { store: 's', keys: ['-f'] } }],
  ])('is given the arguments and options of %j', async (argv, expected) => {
    const { command, received } = recording();
    expect(await run(command, argv)).toEqual({ code: 0, err: '' });
    expect(received).toEqual([expect.objectContaining(expected)]);
  });

  it.each<[string[], string]>([
    [[], "missing required argument 'store'"],
    [['s'], "missing required argument 'keys'"],
    [['s', 'a', '--via', 'smoke'], 'Allowed choices are http, tcp.'],
    [['s', 'a', '--max-port', 'x'], 'a port is a number'],
  ])('does not run with %j', async (argv, message) => {
    const { command, received } = recording();
    const { code, err } = await run(command, argv);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(received).toEqual([]);
  });

  it('may take options that it does not know', async () => {
    const received: unknown[] = [];
    const command = defineCommand({
      name: 'server',
      summary: 'records',
      arguments: { directives: argument.any('directives') },
      options: {},
      examples: [],
      passesOptions: true,
      run({ args }) {
        received.push(args.directives);
        return ExitCode.ok;
      },
    });
    expect(await run(command, ['redis.conf', '--port', '7000', '--save', ''])).toEqual({ code: 0, err: '' });
    expect(await run(command, ['--port', '7000'])).toEqual({ code: 0, err: '' });
    expect(await run(command, [])).toEqual({ code: 0, err: '' });
    expect(received).toEqual([['redis.conf', '--port', '7000', '--save', ''], ['--port', '7000'], []]);
  });

  const problem = { severity: 'error', message: 'wrong', file: 'f', line: 1, column: 2 } as const;

  it.each<[string, Error, number, string]>([
    ['the configuration is wrong', new ConfigError([problem]), 75, 'f:1:2: error: wrong\n'],
    ['it was used wrongly', new UsageError('not so'), 2, 'lookupd: not so\n'],
    ['something failed', new Error('no answer'), 75, 'lookupd: no answer\n'],
  ])('that fails because %s', async (_, error, code, err) => {
    const command = defineCommand({
      name: 'fail',
      summary: 'fails',
      arguments: {},
      options: {},
      examples: [],
      run: () => Promise.reject(error),
    });
    expect(await run(command, [])).toEqual({ code, err });
  });

  it('answers its own exit code', async () => {
    const command = defineCommand({
      name: 'get',
      summary: 'finds nothing',
      arguments: { key: argument.optional('key') },
      options: {},
      examples: [],
      run: ({ args }) => (args.key === undefined ? ExitCode.no : ExitCode.ok),
    });
    expect([(await run(command, [])).code, (await run(command, ['k'])).code]).toEqual([1, 0]);
  });
});
