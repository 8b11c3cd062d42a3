import { type CommandDeclaration, oneKey } from '../command.js';
import { runRange } from './range.js';

export const xrange: CommandDeclaration = {
  name: 'xrange',
  summary: 'Return a range of elements in a stream, with IDs matching the specified IDs interval',
  since: '5.0.0',
  group: 'stream',
  complexity:
    'O(N) with N being the number of elements being returned. If N is constant (e.g. always asking for the first 10 elements with COUNT), you can consider it O(1).',
  history: ['6.2.0 Added exclusive ranges.'],
  arguments: ['key#0', 'start', 'end', '[COUNT count:integer]'],
  arity: -4,
  flags: ['readonly'],
  keys: oneKey,
  run: (call) => runRange(call, false),
};
