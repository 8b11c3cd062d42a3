import type { CommandDeclaration } from '../../command.js';
import { helpCommand } from '../../help.js';
import { doctor } from './doctor.js';
import { graph } from './graph.js';
import { histogram } from './histogram.js';
import { history } from './history.js';
import { latest } from './latest.js';
import { reset } from './reset.js';

const help = helpCommand(
  'latency',
  '2.8.13',
  'server',
  `
DOCTOR
    Return a human readable latency analysis report.
GRAPH <event>
    Return an ASCII latency graph for the <event> class.
HISTORY <event>
    Return time-latency samples for the <event> class.
LATEST
    Return the latest latency samples for all events.
RESET [<event> ...]
    Reset latency data of one or more <event> classes.
    (default: reset all data for all event classes)
HISTOGRAM [COMMAND ...]
    Return a cumulative distribution of latencies in the format of a histogram for the specified command names.
    If no commands are specified then all histograms are replied.
`,
  'Show helpful text about the different subcommands.',
);

export const latency: CommandDeclaration = {
  name: 'latency',
  summary: 'A container for latency diagnostics commands',
  since: '2.8.13',
  group: 'server',
  complexity: 'Depends on subcommand.',
  arity: -2,
  flags: [],
  subcommands: [doctor, graph, help, histogram, history, latest, reset],
};
