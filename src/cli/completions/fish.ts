import type { ArgumentWords, CommandWords, Kind, OptionWords } from './words.js';

/** A script for fish: `lookupd completions fish | source`. */
export function fishScript(commands: readonly CommandWords[]): string {
  const lines = commands.flatMap((command) => [
    `complete -c lookupd -n __fish_use_subcommand -a ${command.name} -d ${quoted(command.summary)}`,
    ...command.options.map((option) => `${start(command)}' ${optionPart(option)}`),
    ...command.arguments.flatMap((argument, i) => argumentLine(command, argument, i)),
  ]);
  return `# lookupd's completion for fish: save it as ~/.config/fish/completions/lookupd.fish, or source it.
function __lookupd_names
  set -l words (commandline -opc)
  set -l config
  for i in (seq (count $words))
    if contains -- $words[$i] -c --config; and test $i -lt (count $words)
      set config -c $words[(math $i + 1)]
    end
  end
  lookupd completions $argv[1] $config 2>/dev/null
end
# How many arguments the command has so far, without options and the configuration's file.
function __lookupd_position
  set -l count 0
  set -l skip 0
  for word in (commandline -opc)
    if test $skip = 1
      set skip 0
    else if contains -- $word ${valued(commands).join(' ')}
      set skip 1
    else if not string match -q -- '-*' $word
      set count (math $count + 1)
    end
  end
  math $count - 2
end
complete -c lookupd -f
complete -c lookupd -n __fish_use_subcommand -a help -d 'print help for a command'
complete -c lookupd -n '__fish_seen_subcommand_from help' -a '${commands.map(({ name }) => name).join(' ')}'
${lines.join('\n')}
`;
}

function start({ name }: CommandWords): string {
  return `complete -c lookupd -n '__fish_seen_subcommand_from ${name}`;
}

function valued(commands: readonly CommandWords[]): string[] {
  const options = commands.flatMap((command) => command.options).filter(({ value }) => value !== undefined);
  return [...new Set(options.flatMap(({ short, long }) => (short === undefined ? [long] : [short, long])))].sort();
}

function optionPart({ short, long, summary, value }: OptionWords): string {
  const flags = `${short === undefined ? '' : `-s ${short.slice(1)} `}-l ${long.slice(2)}`;
  return `${flags}${value === undefined ? '' : ` -r ${offered(value)}`} -d ${quoted(summary)}`;
}

function argumentLine(command: CommandWords, { kind, repeats }: ArgumentWords, i: number): string[] {
  if (kind.kind === 'any') return [];
  return [`${start(command)}; and test (__lookupd_position) ${repeats ? '-ge' : '-eq'} ${i}' ${offered(kind)}`];
}

function offered(kind: Kind): string {
  switch (kind.kind) {
    case 'file':
      return '-F';
    case 'words':
      return `-a '${kind.words.join(' ')}'`;
    case 'names':
      return `-a '(__lookupd_names ${kind.section})'`;
    case 'any':
      return '';
  }
}

function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}
