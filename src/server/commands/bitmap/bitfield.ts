import { type CommandDeclaration, oneKey } from '../command.js';
import { runBitfield } from './run-bitfield.js';

export const bitfield: CommandDeclaration = {
  name: 'bitfield',
  summary: 'Perform arbitrary bitfield integer operations on strings',
  since: '3.2.0',
  group: 'bitmap',
  complexity: 'O(1) for each subcommand specified',
  arity: -2,
  flags: ['write', 'denyoom'],
  keys: oneKey,
  run(call) {
    runBitfield(call, false);
  },
};
