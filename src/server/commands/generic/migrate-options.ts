import type { Args, ByteString } from '../../../resp/args.js';
import { CommandError, errors } from '../../errors.js';

/** What follows the timeout of MIGRATE. */
export interface MigrateOptions {
  readonly copy: boolean;
  readonly replace: boolean;
  /** The words of AUTH behind its name. */
  readonly credentials: readonly ByteString[] | undefined;
  /** The place of the first key. */
  readonly firstKey: number;
  readonly keyCount: number;
}

export function readMigrateOptions(args: Args): MigrateOptions {
  let copy = false;
  let replace = false;
  let credentials: ByteString[] | undefined;
  for (let i = OPTIONS; i < args.count; i++) {
    const word = args.word(i);
    const secrets = SECRETS[word] ?? 0;
    if (word === 'copy') copy = true;
    else if (word === 'replace') replace = true;
    else if (secrets > 0 && i + secrets < args.count) credentials = args.texts(i + 1, i + 1 + secrets);
    else if (word === 'keys') {
      if (args.length(KEY) > 0) throw keyBesideKeys;
      return { copy, replace, credentials, firstKey: i + 1, keyCount: args.count - i - 1 };
    } else throw errors.syntax;
    i += secrets;
  }
  return { copy, replace, credentials, firstKey: KEY, keyCount: 1 };
}

/** The keys, for a command that may be wrong: none if there is one beside those of KEYS. */
export function migratedKeys(args: Args): readonly number[] {
  for (let i = OPTIONS; i < args.count; i++) {
    const word = args.word(i);
    if (word === 'keys') return args.length(KEY) > 0 ? [] : range(i + 1, args.count);
    i += SECRETS[word] ?? 0;
  }
  return [KEY];
}

/** Names and passwords. */
export function credentialPlaces(args: Args): readonly number[] {
  const places: number[] = [];
  for (let i = OPTIONS; i < args.count && args.word(i) !== 'keys'; i++) {
    const secrets = SECRETS[args.word(i)] ?? 0;
    places.push(...range(i + 1, i + 1 + secrets));
    i += secrets;
  }
  return places;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}

const KEY = 3;
const OPTIONS = 6;
/** How many words follow that nobody is shown. */
const SECRETS: Readonly<Record<string, number>> = { auth: 1, auth2: 2 };

const keyBesideKeys = new CommandError(
  'ERR When using MIGRATE KEYS option, the key argument must be set to the empty string',
);
