import { UNKNOWN } from '../../../data/stream-group.js';
import { canonical, type Int64 } from '../../../data/stream-id.js';
import type { StreamValue } from '../../../data/stream-value.js';
import { CommandError } from '../../../errors.js';
import { Type } from '../../../keyspace/value.js';
import type { Call } from '../../call.js';
import { readBigInteger } from '../../numbers.js';
import { subcommandSyntax } from '../arguments.js';

/** The options behind the ID of XGROUP CREATE and SETID. */
export interface GroupOptions {
  makeStream: boolean;
  entriesRead: Int64;
}

export function readGroupOptions({ args }: Call, mayMakeStream: boolean): GroupOptions {
  const options: GroupOptions = { makeStream: false, entriesRead: UNKNOWN };
  for (let i = 5; i < args.count; i++) {
    const word = args.word(i);
    if (word === 'mkstream' && mayMakeStream) options.makeStream = true;
    else if (word === 'entriesread' && i + 1 < args.count) {
      options.entriesRead = canonical(readBigInteger(args, ++i));
      if (options.entriesRead < 0 && options.entriesRead !== UNKNOWN) throw notPositive;
    } else throw subcommandSyntax(args, 'XGROUP');
  }
  return options;
}

/** The stream of argument 2, for writing. */
export function writeStream(call: Call): StreamValue {
  const stream = call.write<StreamValue>(2, Type.stream);
  if (!stream) throw noStream;
  return stream;
}

export const noStream = new CommandError(
  'ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.',
);
const notPositive = new CommandError('ERR value for ENTRIESREAD must be positive or -1');
