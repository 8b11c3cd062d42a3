import type { ArgumentSpec, Command, OptionSpec } from '../../src/cli/command.js';
import { EXIT_CODES_HELP } from '../../src/cli/exit-codes.js';

/** The manual page of the program, in roff's man macros (man(7)), from the declarations of its commands. */
export function manPage(commands: readonly Command[]): string {
  return `${[
    '.\\" Written from the declarations of the commands (npm run docs): changes belong there.',
    '.TH LOOKUPD 1 "" "lookupd" "User Commands"',
    // Options and paths stay whole.
    '.nh',
    '.ad l',
    ...section('NAME', ['lookupd \\- the lookup store for mail servers']),
    ...section('SYNOPSIS', ['.B lookupd', '.I command', '.RI [ options ]', '.RI [ arguments ]']),
    ...section('DESCRIPTION', DESCRIPTION.map(text)),
    ...section('COMMANDS', commands.flatMap(commandLines)),
    ...section('EXIT STATUS', EXIT_CODES_HELP.split('\n').slice(1).flatMap(exitStatus)),
    ...section(
      'ENVIRONMENT',
      ENVIRONMENT.flatMap(([name, meaning]) => item(`\\fB${escaped(name)}\\fR`, meaning)),
    ),
    ...section(
      'SIGNALS',
      SIGNALS.flatMap(([name, meaning]) => item(`\\fB${name}\\fR`, meaning)),
    ),
    ...section(
      'FILES',
      FILES.flatMap(([name, meaning]) => item(`\\fI${escaped(name)}\\fR`, meaning)),
    ),
    ...section('SEE ALSO', [
      '.BR postmap (1),',
      '.BR socketmap_table (5),',
      '.BR tcp_table (5),',
      '.BR systemd.socket (5)',
    ]),
  ].join('\n')}\n`;
}

const DESCRIPTION = [
  'Mail servers ask lookupd whether a recipient exists, where an alias goes, whether a sender may send more. The answers are in ' +
    'Redis or Valkey, or in a store of its own; what is where is described in one TOML file.',
  '.PP',
  'On a terminal answers are for people; in a pipe they are plain. With --json they are for programs.',
];

const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ['LOOKUPD_CONFIG', 'The configuration file, where no -c names one.'],
  [
    'LOOKUPD_<SECTION>__<ID>__<KEY>',
    'Sets a key of the configuration, over the file: LOOKUPD_LOG__LEVEL, LOOKUPD_STORE__REDIS__URL. With _FILE behind it ' +
      'the value is the text of that file.',
  ],
  ['NO_COLOR, FORCE_COLOR', 'No colours on a terminal; colours also elsewhere.'],
  ['NOTIFY_SOCKET, WATCHDOG_USEC', 'Set by systemd: told when the daemon is ready, reloads, stops, and that it lives.'],
  ['LISTEN_FDS, LISTEN_FDNAMES', 'Set by systemd: sockets for listeners with bind = "systemd:<name>".'],
];

const SIGNALS: readonly (readonly [string, string])[] = [
  ['SIGHUP', 'serve reads its configuration again; one with errors changes nothing.'],
  ['SIGTERM, SIGINT', 'serve answers what was asked and ends; a second one ends it at once.'],
];

const FILES: readonly (readonly [string, string])[] = [
  ['lookupd.toml, config/lookupd.toml, /etc/lookupd/lookupd.toml', 'The configuration, the first that is there.'],
];

function section(title: string, lines: readonly string[]): string[] {
  return [`.SH ${title}`, ...lines];
}

function commandLines({ name, summary, description, arguments: args, options, examples }: Command): string[] {
  const given = Object.values(options).length > 0 ? ' [\\fIoptions\\fR]' : '';
  const named = Object.entries(args).map(([argument, { shape }]) => ` ${bracketed(argument, shape)}`);
  return [
    `.SS lookupd ${escaped(name)}`,
    `\\fBlookupd ${escaped(name)}\\fR${given}${named.join('')}`,
    '.PP',
    text(description ?? `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`),
    ...Object.entries(args).flatMap(([argument, { summary: meaning }]) =>
      item(`\\fI${escaped(argument)}\\fR`, meaning),
    ),
    ...Object.values(options).flatMap((option) => item(`\\fB${escaped(option.flags)}\\fR`, meaningOf(option))),
    ...examples.flatMap(({ line, does }) => ['.PP', `\\fB${escaped(line)}\\fR`, '.RS', text(does), '.RE']),
  ];
}

function meaningOf({ summary, choices }: OptionSpec): string {
  return choices === undefined ? summary : `${summary} (${choices.join(', ')})`;
}

function bracketed(name: string, shape: ArgumentSpec['shape']): string {
  const word = `\\fI${escaped(name)}\\fR`;
  const several = shape === 'many' || shape === 'any' ? ' ...' : '';
  return shape === 'required' || shape === 'many' ? `${word}${several}` : `[${word}${several}]`;
}

function item(title: string, meaning: string): string[] {
  return ['.TP', title, text(meaning)];
}

function exitStatus(line: string): string[] {
  const [, code = '', meaning = ''] = /^ *(\d+) +(.*)$/.exec(line) ?? [];
  return item(`\\fB${code}\\fR`, meaning);
}

/** A line of text: one that starts as a request does is none. Requests of this file pass. */
function text(line: string): string {
  if (line === '.PP') return line;
  return escaped(line).replace(/^([.'])/, '\\&$1');
}

function escaped(line: string): string {
  return line.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('"', '\\(dq').replaceAll('…', '\\&...');
}
