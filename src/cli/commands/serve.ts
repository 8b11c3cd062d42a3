import { serve as runDaemon } from '../../daemon/serve.js';
import { defineCommand, UsageError } from '../command.js';
import { configFileOption, findConfigFile } from '../config-file.js';

/** `lookupd serve`: the daemon, until a signal ends it. */
export const serve = defineCommand({
  name: 'serve',
  summary: 'run the daemon',
  description:
    'Runs the daemon in the foreground, as systemd and containers want it; the log goes to standard error. SIGTERM and ' +
    'SIGINT end it after what was asked is answered, a second one at once. SIGHUP reads the configuration again and ' +
    'keeps the old one when the new one has errors.',
  arguments: {},
  options: { config: configFileOption },
  examples: [
    {
      line: 'lookupd serve -c /etc/lookupd/lookupd.toml',
      does: 'every listener of the file; the log says what to try',
    },
    { line: 'kill -HUP <pid>', does: 'after a change of the file; connections stay open' },
  ],
  run({ options, terminal }) {
    if (options.config === '-') throw new UsageError('the daemon reads its configuration again: give it a file');
    terminal.outlives?.();
    return runDaemon({ configFile: findConfigFile(options.config, terminal) });
  },
});
