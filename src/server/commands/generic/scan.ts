import { globMatches } from '../../../core/glob.js';
import type { ByteString } from '../../../resp/args.js';
import { Args } from '../../../resp/args.js';
import { errors } from '../../errors.js';
import type { Call } from '../call.js';
import type { CommandDeclaration } from '../command.js';
import { readInteger } from '../numbers.js';
import { readCursor } from '../scan-page.js';

export const scan: CommandDeclaration = {
  name: 'scan',
  summary: 'Incrementally iterate the keys space',
  since: '2.8.0',
  group: 'generic',
  complexity:
    'O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection.',
  history: ['6.0.0 Added the `TYPE` subcommand.'],
  arguments: ['cursor:integer', '[MATCH pattern:pattern]', '[COUNT count:integer]', '[TYPE type@6.0.0]'],
  arity: -2,
  flags: ['readonly'],
  run(call) {
    const options = readOptions(call);
    const { cursor, keys } = page(call, options.count);
    const found = keys.filter((key) => isWanted(call, key, options));
    const { reply } = call;
    reply.array(2);
    reply.bulk(String(cursor));
    reply.array(found.length);
    for (const key of found) reply.bulk(key);
  },
};

interface ScanOptions {
  pattern: ByteString | undefined;
  count: number;
  type: string | undefined;
}

function readOptions({ args }: Call): ScanOptions {
  const options: ScanOptions = { pattern: undefined, count: 10, type: undefined };
  readCursor(args, 1);
  for (let i = 2; i < args.count; i += 2) {
    const word = args.word(i);
    if (i + 1 >= args.count) throw errors.syntax;
    if (word === 'count') {
      options.count = readInteger(args, i + 1);
      if (options.count < 1) throw errors.syntax;
    } else if (word === 'match') options.pattern = args.text(i + 1);
    else if (word === 'type') options.type = args.word(i + 1);
    else throw errors.syntax;
  }
  if (options.pattern === '*') options.pattern = undefined;
  return options;
}

/** At least `count` keys, but no more than ten times as many buckets: a sparse table ends the step early. */
function page({ args, db }: Call, count: number): { cursor: number; keys: ByteString[] } {
  const keys: ByteString[] = [];
  let cursor = readCursor(args, 1);
  let buckets = count * 10;
  do {
    cursor = db.scan(cursor, (ref) => void keys.push(db.entries.keyText(ref)));
  } while (cursor !== 0 && --buckets > 0 && keys.length < count);
  return { cursor, keys };
}

function isWanted({ db }: Call, key: ByteString, { pattern, type }: ScanOptions): boolean {
  if (pattern !== undefined && !globMatches(pattern, key)) return false;
  const args = Args.of(key);
  // An expired key is removed here.
  const ref = type === undefined ? db.peek(args, 0) : db.glance(args, 0);
  return ref !== 0 && (type === undefined || db.typeName(ref) === type);
}
