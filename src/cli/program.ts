import { Argument, Command as Commander, CommanderError, InvalidArgumentError, Option } from 'commander';
import { packageVersion } from '../daemon/version.js';
import { boundYoungGeneration } from '../daemon/young-generation.js';
import { type ArgumentSpec, type Command, type OptionSpec, UsageError } from './command.js';
import { EXIT_CODES_HELP, ExitCode } from './exit-codes.js';
import { reportFailure } from './failure.js';
import type { Terminal } from './terminal.js';

/**
 * Parses the command line by the declared commands, runs one and answers its exit code. Never rejects and
 * never ends the process. `argv` is without the program's name.
 */
export async function runProgram(
  argv: readonly string[],
  terminal: Terminal,
  commands?: readonly Command[],
): Promise<ExitCode> {
  let code: ExitCode = ExitCode.ok;
  const program = createProgram(terminal);
  const ended = (result: ExitCode) => {
    code = result;
  };
  const all = commands ?? (await commandsFor(argv));
  for (const command of all) {
    const run: Run = async (args, options) => ended(await command.run({ args, options, terminal, commands: all }));
    program.addCommand(subcommand(program, command, run));
  }
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
    return reportFailure(error, terminal);
  }
}

/** All, for the help; but a server stays as small as it can be, without the configuration language and the clients. */
async function commandsFor([name]: readonly string[]): Promise<readonly Command[]> {
  if (name === 'serve') boundYoungGeneration();
  if (name !== 'server') return (await import('./commands/index.js')).commands;
  const stop = boundYoungGeneration();
  const { server } = await import('./commands/server.js');
  stop();
  return [server];
}

function createProgram(terminal: Terminal): Commander {
  return new Commander('lookupd')
    .description('The lookup store for mail servers: Redis, Valkey or embedded, described in TOML.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .addHelpText('after', `\n${EXIT_CODES_HELP}`)
    .showSuggestionAfterError()
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.out.write(text),
      writeErr: (text) => terminal.err.write(text),
      getOutHasColors: () => terminal.out.colors.isColorSupported,
      getErrHasColors: () => terminal.err.colors.isColorSupported,
      outputError: (text, write) => write(text.replace(/^error: /, 'lookupd: ')),
    })
    .showHelpAfterError('(see lookupd --help)');
}

type Run = (args: Readonly<Record<string, unknown>>, options: Readonly<Record<string, unknown>>) => Promise<void>;

function subcommand(program: Commander, command: Command, run: Run): Commander {
  const sub = program.createCommand(command.name).copyInheritedSettings(program);
  sub.summary(command.summary).description(command.description ?? command.summary);
  sub.showHelpAfterError(`(see lookupd help ${command.name})`);
  for (const [name, spec] of Object.entries(command.arguments)) sub.addArgument(toArgument(name, spec));
  const declared = new Map<string, Option>();
  for (const [name, spec] of Object.entries(command.options)) {
    const option = toOption(spec);
    declared.set(name, option);
    sub.addOption(option);
  }
  if (command.passesOptions === true) sub.allowUnknownOption().passThroughOptions();
  if (command.examples.length > 0) sub.addHelpText('after', examplesHelp(command));
  sub.action(async (...received: unknown[]) => {
    const given = sub.opts<Record<string, unknown>>();
    const optionValue = (option: Option) => given[option.attributeName()] ?? (option.isBoolean() ? false : undefined);
    const options = Object.fromEntries([...declared].map(([name, option]) => [name, optionValue(option)]));
    const args = Object.fromEntries(Object.keys(command.arguments).map((name, i) => [name, received[i]]));
    await run(args, options);
  });
  return sub;
}

function toArgument(name: string, spec: ArgumentSpec): Argument {
  const brackets = { required: `<${name}>`, optional: `[${name}]`, many: `<${name}...>`, any: `[${name}...]` };
  return new Argument(brackets[spec.shape], spec.summary);
}

function toOption(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.summary);
  if (spec.choices !== undefined) option.choices(spec.choices);
  const { parse } = spec;
  if (parse !== undefined) option.argParser((text: string) => parseOption(parse, text));
  return option;
}

function parseOption(parse: (text: string) => unknown, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof UsageError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}

function examplesHelp(command: Command): string {
  return ['', 'Examples:', ...command.examples.map(({ line, does }) => `  ${line}\n      ${does}`)].join('\n');
}
