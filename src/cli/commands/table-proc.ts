import { FramingError } from '../../net/framing.js';
import { argument, defineCommand, UsageError } from '../command.js';
import { configOption, loadCommandConfig } from '../config-file.js';
import { ExitCode } from '../exit-codes.js';
import { withMap } from '../map-access.js';
import { named } from '../store-access.js';
import { answerTable, NotTableProtocol } from '../table-proc/conversation.js';

/** `lookupd table-proc`: a map as OpenSMTPD's table. */
export const tableProc = defineCommand({
  name: 'table-proc',
  summary: 'be a table of OpenSMTPD, which starts it',
  description:
    'Answers OpenSMTPD 7.6 and newer over standard input and output, from a map, until smtpd ends: lookup, check, fetch ' +
    'and update, for aliases, domains, credentials, addresses, users, sources and host names. It opens the map itself: ' +
    'no daemon need run.',
  arguments: { map: argument.required('the <id> of [map.<id>]') },
  options: { config: configOption },
  examples: [
    {
      line: 'table aliases proc:"/usr/bin/lookupd table-proc aliases -c /etc/lookupd/lookupd.toml"',
      does: 'in smtpd.conf',
    },
  ],
  async run({ args, options, terminal }) {
    if (options.config === '-') throw new UsageError('standard input is where smtpd asks: give a file');
    const config = loadCommandConfig(options.config, terminal);
    try {
      await withMap(config, named(config.maps, args.map, 'map', config), (map) => answerTable(map, terminal));
      return ExitCode.ok;
    } catch (error) {
      if (!(error instanceof NotTableProtocol || error instanceof FramingError)) throw error;
      terminal.err.write(`lookupd: ${error.message}\n`);
      return ExitCode.permanent;
    }
  },
});
