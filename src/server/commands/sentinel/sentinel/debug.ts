import { CommandError } from '../../../errors.js';
import { TIMING_WORDS } from '../../../sentinel/timing.js';
import { parseInteger } from '../../numbers.js';
import { sentinelCommand } from '../with-sentinel.js';

/** Tells all periods, or sets some. */
export const debug = sentinelCommand(
  {
    name: 'debug',
    summary: 'List or update the current configurable parameters',
    since: '7.0.0',
    arity: -2,
    arguments: ['[parameter_value(parameter, value)...]'],
  },
  ({ args, reply }, { timing }) => {
    if (args.count === 2) {
      reply.map(Object.keys(TIMING_WORDS).length);
      for (const [name, key] of ORDER) {
        reply.bulk(name);
        reply.bulk(String(timing[key]));
      }
      return;
    }
    for (let i = 2; i < args.count; i += 2) {
      const name = args.text(i);
      const key = TIMING_WORDS[name.toLowerCase()];
      if (key === undefined || i + 1 >= args.count) {
        throw new CommandError(`ERR Unknown option or number of arguments for SENTINEL DEBUG '${name}'`);
      }
      const value = parseInteger(args.text(i + 1));
      if (value === undefined || value <= 0n) {
        throw new CommandError(`ERR Invalid argument '${args.text(i + 1)}' for SENTINEL DEBUG '${name}'`);
      }
      timing[key] = Number(value);
    }
    reply.ok();
  },
);

const ORDER = Object.entries(TIMING_WORDS).map(([name, key]) => [name.toUpperCase(), key] as const);
