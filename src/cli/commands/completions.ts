import { argument, defineCommand, UsageError } from '../command.js';
import { bashScript } from '../completions/bash.js';
import { fishScript } from '../completions/fish.js';
import { type CommandWords, SECTIONS, SHELLS, wordsOf } from '../completions/words.js';
import { zshScript } from '../completions/zsh.js';
import { configOption, readCommandConfig } from '../config-file.js';
import { ExitCode } from '../exit-codes.js';

const SCRIPTS: Readonly<Record<(typeof SHELLS)[number], (commands: readonly CommandWords[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** `lookupd completions`: what makes a shell complete the program's command lines. */
export const completions = defineCommand({
  name: 'completions',
  summary: 'print a completion script for a shell',
  description:
    'Prints a script that makes bash, zsh or fish complete commands, options, files and the names of stores and maps, which ' +
    'it reads from the configuration. With stores, maps, dicts or policies it prints those names, one a line.',
  arguments: { what: argument.required(`${SHELLS.join(', ')}; or ${SECTIONS.join(', ')}`) },
  options: { config: configOption },
  examples: [
    { line: 'source <(lookupd completions bash)', does: 'in ~/.bashrc' },
    { line: 'lookupd completions zsh > ~/.zfunc/_lookupd', does: 'with that folder in $fpath, before compinit' },
    { line: 'lookupd completions fish > ~/.config/fish/completions/lookupd.fish', does: 'for fish' },
  ],
  run({ args, options, terminal, commands }) {
    const shell = SHELLS.find((one) => one === args.what);
    const section = SECTIONS.find((one) => one === args.what);
    if (shell !== undefined) {
      terminal.out.write(SCRIPTS[shell](commands.map(wordsOf)));
    } else if (section !== undefined) {
      const { config } = readCommandConfig(options.config, terminal);
      for (const name of config?.[section].keys() ?? []) terminal.out.write(`${name}\n`);
    } else
      throw new UsageError(
        `"${args.what}" is neither a shell nor a kind of names: ${[...SHELLS, ...SECTIONS].join(', ')}`,
      );
    return ExitCode.ok;
  },
});
