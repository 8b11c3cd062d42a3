import { type CommandDeclaration, oneKey } from '../command.js';
import { runBitfield } from './run-bitfield.js';

export const bitfieldRo: CommandDeclaration = {
  name: 'bitfield_ro',
  summary: 'Perform arbitrary bitfield integer operations on strings. Read-only variant of BITFIELD',
  since: '6.0.0',
  group: 'bitmap',
  complexity: 'O(1) for each subcommand specified',
  arguments: ['key#0', '[GET encoding_offset(encoding, offset:integer)*...]'],
  arity: -2,
  flags: ['readonly', 'fast'],
  keys: oneKey,
  run(call) {
    runBitfield(call, true);
  },
};
