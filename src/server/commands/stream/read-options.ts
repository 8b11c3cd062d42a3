import type { Args } from '../../../resp/args.js';
import { CommandError, errors } from '../../errors.js';
import type { Call } from '../call.js';
import { readInteger } from '../numbers.js';

/** The arguments of XREAD and XREADGROUP. */
export interface ReadOptions {
  /** Milliseconds, 0: for ever; undefined: no BLOCK. */
  timeout: number | undefined;
  /** 0: all. */
  count: number;
  noAck: boolean;
  /** Names of the group and the consumer. */
  reader: Reader | undefined;
  /** The argument of the first key, and how many keys there are; their IDs follow. */
  first: number;
  streams: number;
}

export interface Reader {
  readonly group: string;
  readonly consumer: string;
}

export function readReadOptions(call: Call, inGroup: boolean): ReadOptions {
  const { args } = call;
  const options: ReadOptions = {
    ...{ timeout: undefined, count: 0, noAck: false, reader: undefined },
    ...{ first: 0, streams: 0 },
  };
  for (let i = 1; i < args.count && options.first === 0; i = readOption(call, options, i, inGroup)) {}
  if (options.first === 0) throw errors.syntax;
  if (inGroup && !options.reader) throw new CommandError('ERR Missing GROUP option for XREADGROUP');
  return options;
}

/** Answers where the next option is. */
function readOption(call: Call, options: ReadOptions, i: number, inGroup: boolean): number {
  const { args } = call;
  const following = args.count - i - 1;
  const word = args.word(i);
  if (word === 'block' && following > 0) {
    if (call.server.dispatcher.inScript) throw notInScripts(args.text(0));
    options.timeout = readInteger(args, i + 1, timeoutNotInteger);
    if (options.timeout < 0) throw errors.timeoutNegative;
    return i + 2;
  }
  if (word === 'count' && following > 0) {
    options.count = Math.max(0, readInteger(args, i + 1));
    return i + 2;
  }
  if (word === 'streams' && following > 0) {
    if (following % 2 !== 0) throw unbalanced;
    options.first = i + 1;
    options.streams = following / 2;
    return args.count;
  }
  if (word === 'group' && following > 1) {
    if (!inGroup) throw onlyInGroup('GROUP');
    options.reader = { group: args.text(i + 1), consumer: args.text(i + 2) };
    return i + 3;
  }
  if (word !== 'noack') throw errors.syntax;
  if (!inGroup) throw onlyInGroup('NOACK');
  options.noAck = true;
  return i + 1;
}

/** The keys of XREAD and XREADGROUP: the first half of what follows STREAMS, which is looked for from `from` on. */
export function streamKeys(from: number): (args: Args) => readonly number[] {
  return (args) => {
    let i = from;
    while (i < args.count && args.word(i) !== 'streams') i++;
    const keys = Math.max(0, Math.floor((args.count - i - 1) / 2));
    return Array.from({ length: keys }, (_, n) => i + 1 + n);
  };
}

const timeoutNotInteger = new CommandError('ERR timeout is not an integer or out of range');
const unbalanced = new CommandError(
  "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.",
);

function notInScripts(command: string): CommandError {
  return new CommandError(`ERR ${command} command is not allowed with BLOCK option from scripts`);
}

function onlyInGroup(option: string): CommandError {
  return new CommandError(`ERR The ${option} option is only supported by XREADGROUP. You called XREAD instead.`);
}
