import type { CommandWords, Kind, OptionWords } from './words.js';

/** A script for bash: `source <(lookupd completions bash)`. */
export function bashScript(commands: readonly CommandWords[]): string {
  const names = [...commands.map(({ name }) => name), 'help'].join(' ');
  return `# lookupd's completion for bash: source it, or put it into /etc/bash_completion.d/
# Offers the lines of standard input that begin like the current word, quoted: a name is any text, and never run.
_lookupd_offer() {
  local word
  while IFS= read -r word; do
    if [[ -z $word ]]; then continue; fi
    printf -v word %q "$word"
    if [[ $word == "$current"* ]]; then COMPREPLY+=("$word"); fi
  done
}
_lookupd() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  local command= position=0 options= words= i
  local -a config=()
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      -c|--config) config=(-c "\${COMP_WORDS[i+1]}"); ((i++)) ;;
      ${valued(commands).join('|')}) ((i++)) ;;
      -*) ;;
      *) if [[ -z $command ]]; then command=\${COMP_WORDS[i]}; else ((position++)); fi ;;
    esac
  done
  case "$command $previous" in
${values(commands).join('\n')}
  esac
  case $command in
    '') words='${names}'; options='--help --version' ;;
    help) words='${names}' ;;
${commands.map(clause).join('\n')}
  esac
  if [[ $current == -* ]]; then words=$options; fi
  case $words in
    @file) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")); return ;;
    @*) _lookupd_offer <<< "$(lookupd completions "\${words#@}" "\${config[@]}" 2>/dev/null)"; return ;;
  esac
  _lookupd_offer <<< "$(printf '%s\\n' $words)"
}
complete -F _lookupd lookupd
`;
}

/** Options that are followed by a value, of all commands. */
function valued(commands: readonly CommandWords[]): string[] {
  const options = commands.flatMap((command) => command.options).filter(({ value }) => value !== undefined);
  return [...new Set(options.flatMap(spellings))].filter((flag) => flag !== '-c' && flag !== '--config').sort();
}

/** Where the word before is an option with a value. */
function values(commands: readonly CommandWords[]): string[] {
  return commands.flatMap(({ name, options }) =>
    options.flatMap((option) => {
      if (option.value === undefined) return [];
      const patterns = spellings(option).map((flag) => `'${name} ${flag}'`);
      return [`    ${patterns.join('|')}) ${offer(option.value)}; return ;;`];
    }),
  );
}

function offer(kind: Kind): string {
  switch (kind.kind) {
    case 'file':
      return 'compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current"))';
    case 'words':
      return `_lookupd_offer <<< "$(printf '%s\\n' ${kind.words.join(' ')})"`;
    case 'names':
      return `_lookupd_offer <<< "$(lookupd completions ${kind.section} "\${config[@]}" 2>/dev/null)"`;
    case 'any':
      return ':';
  }
}

function clause(command: CommandWords): string {
  const options = command.options.flatMap(spellings).concat('--help').join(' ');
  const places = command.arguments.map(({ kind, repeats }, i) => `${repeats ? '*' : i}) words='${listed(kind)}' ;;`);
  const cases = places.length === 0 ? '' : ` case $position in ${places.join(' ')} esac ;;`;
  return `    ${command.name}) options='${options}'${cases === '' ? ' ;;' : `;${cases}`}`;
}

function listed(kind: Kind): string {
  if (kind.kind === 'words') return kind.words.join(' ');
  if (kind.kind === 'names') return `@${kind.section}`;
  return kind.kind === 'file' ? '@file' : '';
}

function spellings({ short, long }: OptionWords): string[] {
  return short === undefined ? [long] : [short, long];
}
