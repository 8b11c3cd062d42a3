import type { CommandDeclaration } from '../../command.js';
import { helpCommand } from '../../help.js';
import { doctor } from './doctor.js';
import { mallocStats } from './malloc-stats.js';
import { purge } from './purge.js';
import { stats } from './stats.js';
import { usage } from './usage.js';

const help = helpCommand(
  'memory',
  '4.0.0',
  'server',
  `
DOCTOR
    Return memory problems reports.
MALLOC-STATS
    Return internal statistics report from the memory allocator.
PURGE
    Attempt to purge dirty pages for reclamation by the allocator.
STATS
    Return information about the memory usage of the server.
USAGE <key> [SAMPLES <count>]
    Return memory in bytes used by <key> and its value. Nested values are
    sampled up to <count> times (default: 5, 0 means sample all).
`,
);

export const memory: CommandDeclaration = {
  name: 'memory',
  summary: 'A container for memory diagnostics commands',
  since: '4.0.0',
  group: 'server',
  complexity: 'Depends on subcommand.',
  arity: -2,
  flags: [],
  subcommands: [doctor, help, mallocStats, purge, stats, usage],
};
