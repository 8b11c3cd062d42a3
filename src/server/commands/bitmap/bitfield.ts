import { type CommandDeclaration, oneKey } from '../command.js';
import { runBitfield } from './run-bitfield.js';

export const bitfield: CommandDeclaration = {
  name: 'bitfield',
  summary: 'Perform arbitrary bitfield integer operations on strings',
  since: '3.2.0',
  group: 'bitmap',
  complexity: 'O(1) for each subcommand specified',
  arguments: [
    'key#0',
    `[operation(
      GET encoding_offset(encoding, offset:integer) |
      write(
        [OVERFLOW wrap_sat_fail(WRAP | SAT | FAIL)],
        write_operation(
          SET encoding_offset_value(encoding, offset:integer, value:integer) |
          INCRBY encoding_offset_increment(encoding, offset:integer, increment:integer)
        )
      )
    )...]`,
  ],
  arity: -2,
  flags: ['write', 'denyoom'],
  keys: oneKey,
  run(call) {
    runBitfield(call, false);
  },
};
