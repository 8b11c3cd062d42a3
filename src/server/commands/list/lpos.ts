import type { Args, ByteString } from '../../../resp/args.js';
import type { ListValue } from '../../data/list-value.js';
import { CommandError, errors } from '../../errors.js';
import { type CommandDeclaration, oneKey } from '../command.js';
import { INT64_MIN, readInteger } from '../numbers.js';
import { readList } from './access.js';

export const lpos: CommandDeclaration = {
  name: 'lpos',
  summary: 'Return the index of matching elements on a list',
  since: '6.0.6',
  group: 'list',
  complexity:
    'O(N) where N is the number of elements in the list, for the average case. When searching for elements near the head or the tail of the list, or when the MAXLEN option is provided, the command may run in constant time.',
  arguments: ['key#0', 'element', '[RANK rank:integer]', '[COUNT num-matches:integer]', '[MAXLEN len:integer]'],
  arity: -3,
  flags: ['readonly'],
  keys: oneKey,
  run(call) {
    const { args, reply } = call;
    const search = readOptions(args);
    const list = readList(call, 1);
    const places = list ? findPlaces(list, args.text(2), search) : [];
    if (search.count !== undefined) {
      reply.array(places.length);
      for (const place of places) reply.integer(place);
    } else if (places.length > 0) reply.integer(places[0]!);
    else reply.nil();
  },
};

interface Search {
  /** 1: from the first match on; negative: from the end. */
  rank: number;
  /** Matches wanted, 0: all; undefined: one, and no array. */
  count: number | undefined;
  /** Elements to look at, 0: all. */
  maxLength: number;
}

function readOptions(args: Args): Search {
  const search: Search = { rank: 1, count: undefined, maxLength: 0 };
  for (let i = 3; i < args.count; i += 2) {
    const word = args.word(i);
    if (i + 1 >= args.count) throw errors.syntax;
    if (word === 'rank') search.rank = readRank(args, i + 1);
    else if (word === 'count') search.count = readNatural(args, i + 1, NEGATIVE_COUNT);
    else if (word === 'maxlen') search.maxLength = readNatural(args, i + 1, NEGATIVE_MAXLEN);
    else throw errors.syntax;
  }
  return search;
}

function readRank(args: Args, i: number): number {
  const rank = readInteger(args, i);
  if (rank === 0) throw ZERO_RANK;
  // The smallest integer has no positive counterpart: Redis takes it for the first match from the end.
  if (args.text(i) === String(INT64_MIN)) return -1;
  return rank;
}

function readNatural(args: Args, i: number, error: CommandError): number {
  const value = readInteger(args, i, error);
  if (value < 0) throw error;
  return value;
}

function findPlaces(list: ListValue, element: ByteString, { rank, count = 1, maxLength }: Search): number[] {
  const places: number[] = [];
  const backwards = rank < 0;
  const length = maxLength === 0 ? list.size : Math.min(maxLength, list.size);
  let skip = Math.abs(rank) - 1;
  let place = backwards ? list.size : -1;
  const visit = (isEqual: boolean) => {
    place += backwards ? -1 : 1;
    if (isEqual && skip-- <= 0) places.push(place);
    return count === 0 || places.length < count;
  };
  list.eachEqual(element, backwards ? list.size - 1 : 0, length, visit, backwards);
  return places;
}

const ZERO_RANK = new CommandError(
  "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list",
);
const NEGATIVE_COUNT = new CommandError("ERR COUNT can't be negative");
const NEGATIVE_MAXLEN = new CommandError("ERR MAXLEN can't be negative");
