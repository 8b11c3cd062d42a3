import type { Args, ByteString } from '../../../../resp/args.js';
import { CommandError, errors } from '../../../errors.js';
import { readInteger } from '../../numbers.js';

/** What SORT's words ask for. */
export interface SortOptions {
  /** The pattern of the keys that hold the weights; undefined: the elements themselves. */
  readonly by: ByteString | undefined;
  readonly offset: number;
  /** Negative: all. */
  readonly count: number;
  /** Patterns of what is answered for each element; none: the element. */
  readonly get: readonly ByteString[];
  readonly descending: boolean;
  readonly alpha: boolean;
  /** The argument that names the key to store at; 0: none. */
  readonly store: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What patterns, which make names of keys out of what is sorted, may lead to. */
interface PatternLimits {
  /** Whether the user may read every key there may be. */
  readonly seesAllKeys: () => boolean;
  /** Keys are on other nodes too. */
  readonly inCluster: boolean;
}

export function readSortOptions(args: Args, mayStore: boolean, { seesAllKeys, inCluster }: PatternLimits): SortOptions {
  const get: ByteString[] = [];
  const options: Mutable<SortOptions> = {
    by: undefined,
    offset: 0,
    count: -1,
    get,
    descending: false,
    alpha: false,
    store: 0,
  };
  for (let i = 2; i < args.count; i++) {
    const left = args.count - i - 1;
    const word = args.word(i);
    if (word === 'asc') options.descending = false;
    else if (word === 'desc') options.descending = true;
    else if (word === 'alpha') options.alpha = true;
    else if (word === 'limit' && left >= 2) {
      options.offset = readInteger(args, ++i);
      options.count = readInteger(args, ++i);
    } else if (word === 'store' && left >= 1 && mayStore) options.store = ++i;
    else if (word === 'by' && left >= 1) {
      options.by = args.text(++i);
      if (options.by.includes('*') && inCluster) throw IN_CLUSTER.by;
      if (options.by.includes('*') && !seesAllKeys()) throw DENIED.by;
    } else if (word === 'get' && left >= 1) {
      if (inCluster) throw IN_CLUSTER.get;
      if (!seesAllKeys()) throw DENIED.get;
      get.push(args.text(++i));
    } else throw errors.syntax;
  }
  return options;
}

const IN_CLUSTER = {
  by: new CommandError('ERR BY option of SORT denied in Cluster mode.'),
  get: new CommandError('ERR GET option of SORT denied in Cluster mode.'),
};

const DENIED = {
  by: new CommandError('ERR BY option of SORT denied due to insufficient ACL permissions.'),
  get: new CommandError('ERR GET option of SORT denied due to insufficient ACL permissions.'),
};

/** Where the key to store at is, 0: nowhere; for the table of keys, so it never throws. */
export function storePlace(args: Args): number {
  const skipped: Readonly<Record<string, number>> = { limit: 2, get: 1, by: 1 };
  let place = 0;
  for (let i = 2; i < args.count; i++) {
    const word = args.word(i);
    if (word === 'store' && i + 1 < args.count) place = ++i;
    else i += skipped[word] ?? 0;
  }
  return place;
}
