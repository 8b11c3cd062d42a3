import type { ByteString } from '../../resp/args.js';
import { CommandError } from '../errors.js';

/** What a script says about itself in its first line: `#!lua flags=no-writes,allow-stale`. */
export interface ScriptFlags {
  /** Without a first line of that kind: the rules from before Redis 7, where anything may be called. */
  readonly compatible: boolean;
  readonly noWrites: boolean;
  readonly allowOom: boolean;
  readonly allowStale: boolean;
  readonly noCluster: boolean;
  readonly allowCrossSlotKeys: boolean;
}

export interface Shebang {
  readonly flags: ScriptFlags;
  /** How much of the source the line takes, without its newline: line numbers stay the user's. */
  readonly length: number;
}

/** Fails with a `CommandError` worded as Redis words it. */
export function parseShebang(source: ByteString): Shebang {
  if (!source.startsWith('#!')) return { flags: COMPATIBLE, length: 0 };
  const length = source.indexOf('\n');
  if (length === -1) throw new CommandError('ERR Invalid script shebang');
  const words = splitWords(source.slice(0, length));
  if (words === undefined || words.length === 0) throw new CommandError('ERR Invalid engine in script shebang');
  if (words[0] !== '#!lua') throw new CommandError(`ERR Unexpected engine in script shebang: ${words[0]}`);
  const named = new Set<string>();
  for (const word of words.slice(1)) {
    if (!word.startsWith('flags=')) throw new CommandError(`ERR Unknown lua shebang option: ${word}`);
    for (const flag of flagsOf(word.slice('flags='.length))) named.add(flag);
  }
  return { flags: toFlags(named), length };
}

function flagsOf(list: string): readonly string[] {
  const flags = list === '' ? [] : list.split(',');
  for (const flag of flags) {
    if (!FLAGS.includes(flag)) throw new CommandError(`ERR Unexpected flag in script shebang: ${flag}`);
  }
  return flags;
}

export function toFlags(named: ReadonlySet<string>): ScriptFlags {
  return {
    compatible: false,
    noWrites: named.has('no-writes'),
    allowOom: named.has('allow-oom'),
    allowStale: named.has('allow-stale'),
    noCluster: named.has('no-cluster'),
    allowCrossSlotKeys: named.has('allow-cross-slot-keys'),
  };
}

/** Words between blanks, with quotes as in redis-cli; undefined when a quote is not closed. */
export function splitWords(line: string): string[] | undefined {
  const words: string[] = [];
  let rest = line.trim();
  while (rest !== '') {
    const match = WORD.exec(rest);
    if (match === null || match[0] === '') return undefined;
    const [, bare = '', quoted = ''] = match;
    words.push(bare + quoted.slice(1, -1));
    rest = rest.slice(match[0].length).trimStart();
  }
  return words;
}

/** A quote may begin inside of a word, and ends it: name="mylib". */
const WORD = /^([^\s"']*)("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')?(?=\s|$)/;
export const FLAGS = ['no-writes', 'allow-oom', 'allow-stale', 'no-cluster', 'allow-cross-slot-keys'];
const COMPATIBLE: ScriptFlags = { ...toFlags(new Set()), compatible: true };
