import type { ArgumentWords, CommandWords, Kind, OptionWords } from './words.js';

/** A script for zsh, to be saved as `_lookupd` in a folder of $fpath, or sourced. */
export function zshScript(commands: readonly CommandWords[]): string {
  return `#compdef lookupd
# lookupd's completion for zsh: save it as _lookupd in a folder of $fpath, or source it behind compinit.
_lookupd_names() {
  local -a config names
  local i=\${words[(I)(-c|--config)]}
  (( i > 0 )) && config=(-c "\${words[i+1]}")
  names=(\${(f)"$(lookupd completions $argv[-1] $config 2>/dev/null)"})
  compadd "\${@[1,-2]}" -a names
}
_lookupd() {
  local curcontext=$curcontext state line
  local -a commands=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`).join('\n')}
    'help:print help for a command'
  )
  _arguments -C '--help[print help]' '--version[print the version]' '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe command commands ;;
    argument)
      case $words[1] in
        help) _describe command commands ;;
${commands.map(clause).join('\n')}
      esac ;;
  esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _lookupd "$@"; else compdef _lookupd lookupd; fi
`;
}

function clause(command: CommandWords): string {
  const specs = [...command.options.map(option), ...command.arguments.map(argument)];
  return `        ${command.name}) _arguments ${[...specs, "'--help[print help]'"].join(' ')} ;;`;
}

function option({ short, long, summary, value }: OptionWords): string {
  const rest = `[${escaped(summary)}]${value === undefined ? '' : `:value:${action(value)}`}`;
  if (short === undefined) return quoted(`${long}${rest}`);
  return `'(${short} ${long})'{${short},${long}}${quoted(rest)}`;
}

function argument({ name, kind, repeats }: ArgumentWords, i: number): string {
  return quoted(`${repeats ? '*' : i + 1}:${name}:${action(kind)}`);
}

function action(kind: Kind): string {
  switch (kind.kind) {
    case 'file':
      return '_files';
    case 'words':
      return `(${kind.words.join(' ')})`;
    case 'names':
      return `_lookupd_names ${kind.section}`;
    case 'any':
      return ' ';
  }
}

/** Brackets and colons mean something to _arguments. */
function escaped(text: string): string {
  return text.replace(/[[\]:\\]/g, '\\$&');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
