import type { Outcome } from '../../core/outcome.js';
import type { Committed, DictChange, Iteration, Listed } from '../../lookups/dict/dictionary.js';
import { replyReason } from '../reason.js';

/**
 * Dovecot's dict protocol, versions 2 (up to 2.3.16), 3 (up to 2.3.21) and 4 (2.4): lines of fields with tabs
 * between them. The first line names version and dictionary; later ones start with the letter of a command.
 * Only lookup, iteration and commits are answered, here in the order they were asked, which all versions take.
 *
 * Text is bytes, one character each. `\x01` and `0`, `1`, `t`, `r` or `n` stand for NUL, itself, tab, CR, LF.
 */

/** Dovecot's limit for a line, its LF included. */
export const LINE_LIMIT = 65_536;

export interface Handshake {
  readonly version: 2 | 3 | 4;
  readonly dict: string;
  /** Version 2 only; later ones name the user with each command. */
  readonly user: string;
}

export type DictCommand =
  | { readonly kind: 'lookup'; readonly path: string; readonly user: string | undefined }
  | { readonly kind: 'iterate'; readonly iteration: Omit<Iteration, 'user'>; readonly user: string | undefined }
  /** `expire` in milliseconds, 0: as configured. */
  | { readonly kind: 'begin'; readonly id: number; readonly user: string | undefined; readonly expire: number }
  | { readonly kind: 'change'; readonly id: number; readonly change: DictChange }
  | { readonly kind: 'commit'; readonly id: number; readonly async: boolean }
  | { readonly kind: 'rollback'; readonly id: number }
  /** What a transaction may be told and what changes nothing: a timestamp, whether to hide values from logs. */
  | { readonly kind: 'note'; readonly id: number };

/** Null: not the protocol, or no version of it that is spoken here. */
export function parseHandshake(line: string): Handshake | null {
  const [hello = '', minor, type, user, dict] = fieldsOf(line);
  const version = /^H([234])$/.exec(hello)?.[1];
  if (version === undefined || dict === undefined || unsigned(minor) === undefined) return null;
  // Strings and numbers; version 4 has none.
  if (version !== '4' && type !== '0' && type !== '1') return null;
  return { version: Number(version) as Handshake['version'], dict, user: version === '2' ? (user ?? '') : '' };
}

/** A line behind the handshake; null when it is no command of this version, or a broken one. */
export function parseCommand(line: string, version: Handshake['version']): DictCommand | null {
  const args = fieldsOf(line.slice(1));
  switch (line[0]) {
    case 'L':
      return args[0] === undefined ? null : { kind: 'lookup', path: args[0], user: userOf(args[1], version) };
    case 'I':
      return parseIterate(args, version);
    case 'B':
      return parseBegin(args, version);
    case 'C':
    case 'D':
      return line[0] === 'D' && version === 4
        ? null
        : withId(args, 1, (id) => ({ kind: 'commit', id, async: line[0] === 'D' }));
    case 'R':
      return withId(args, 1, (id) => ({ kind: 'rollback', id }));
    case 'S':
      return withId(args, 3, (id) => change(id, { kind: 'set', path: args[1]!, value: args[2]! }));
    case 'U':
      return withId(args, 2, (id) => change(id, { kind: 'unset', path: args[1]! }));
    case 'A': {
      const by = integer(args[2]);
      return by === undefined ? null : withId(args, 3, (id) => change(id, { kind: 'increment', path: args[1]!, by }));
    }
    case 'T': {
      const valid = integer(args[1]) !== undefined && unsigned(args[2]) !== undefined;
      return valid ? withId(args, 3, (id) => ({ kind: 'note', id })) : null;
    }
    case 'V':
      return version === 4 ? withId(args, 2, (id) => ({ kind: 'note', id })) : null;
    default:
      return null;
  }
}

function parseIterate(args: readonly string[], version: Handshake['version']): DictCommand | null {
  const flags = unsigned(args[0]);
  const maxRows = /^\d{1,20}$/.test(args[1] ?? '') ? Number(args[1]) : undefined;
  // Version 2 lists several paths at once, and knows the user already.
  const paths = version === 2 ? args.slice(2) : args.slice(2, 3);
  if (flags === undefined || maxRows === undefined || paths.length === 0) return null;
  const recursive = (flags & 0x01) !== 0;
  const iteration = {
    paths,
    recursive,
    exact: (flags & 0x10) !== 0 && !recursive,
    noValue: (flags & 0x08) !== 0,
    sortBy: (flags & 0x02) !== 0 ? ('key' as const) : (flags & 0x04) !== 0 ? ('value' as const) : undefined,
    maxRows,
  };
  return { kind: 'iterate', iteration, user: userOf(args[3], version) };
}

function parseBegin(args: readonly string[], version: Handshake['version']): DictCommand | null {
  const expire = version === 4 && args[2] !== undefined ? unsigned(args[2]) : 0;
  if (expire === undefined || args.length < 1) return null;
  const id = unsigned(args[0]);
  return id === undefined ? null : { kind: 'begin', id, user: userOf(args[1], version), expire: expire * 1_000 };
}

function change(id: number, of: DictChange): DictCommand {
  return { kind: 'change', id, change: of };
}

/** A command about a transaction; for C and R further fields mean nothing. */
function withId(args: readonly string[], count: number, command: (id: number) => DictCommand): DictCommand | null {
  const id = unsigned(args[0]);
  if (id === undefined || (count > 1 && args.length !== count)) return null;
  return command(id);
}

/** Undefined where the handshake named the user. */
function userOf(field: string | undefined, version: Handshake['version']): string | undefined {
  return version === 2 ? undefined : (field ?? '');
}

function unsigned(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined;
  const number = Number(text);
  return number <= 0xffff_ffff ? number : undefined;
}

function integer(text: string | undefined): bigint | undefined {
  if (text === undefined || !/^-?\d{1,19}$/.test(text)) return undefined;
  const number = BigInt(text);
  return BigInt.asIntN(64, number) === number ? number : undefined;
}

/** The fields of a line, unescaped; none of an empty one. */
export function fieldsOf(line: string): string[] {
  if (line === '') return [];
  const fields = line.split('\t');
  return line.includes('\x01') ? fields.map(unescaped) : fields;
}

const MEANINGS: Readonly<Record<string, string>> = { 0: '\0', 1: '\x01', t: '\t', r: '\r', n: '\n' };
const LETTERS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(MEANINGS).map(([letter, meaning]) => [meaning, `\x01${letter}`]),
);

/** In one pass; an unknown letter stands for itself, a lone escape at the end for nothing. */
function unescaped(field: string): string {
  return field.replace(/\x01(.?)/gs, (_, letter: string) => MEANINGS[letter] ?? letter);
}

export function escaped(text: string): string {
  return text.replace(/[\0\x01\t\r\n]/g, (character) => LETTERS[character]!);
}

export function encodeLookup(outcome: Outcome): Buffer {
  switch (outcome.kind) {
    case 'found':
      return line(`O${escaped(outcome.value.latin1Slice())}`);
    case 'notFound':
      return line('N');
    case 'temporary':
    case 'permanent':
      return line(`F${reason(outcome.reason)}`);
  }
}

/** Rows and an empty line. The tab stands also where no value follows it: doveadm dies without. */
export function encodeListed(listed: Listed): Buffer {
  if (listed.kind !== 'rows') return line(`F${reason(listed.reason)}`);
  const rows = listed.rows.map(({ path, value }) => `O${escaped(path)}\t${escaped(value)}\n`);
  return line(rows.join(''));
}

export function encodeCommitted(id: number, async: boolean, committed: Committed): Buffer {
  const start = async ? 'A' : '';
  switch (committed.kind) {
    case 'ok':
      return line(`${start}O${id}`);
    case 'notFound':
      return line(`${start}N${id}`);
    case 'uncertain':
      return line(`${start}W${id}\t${reason(committed.reason)}`);
    case 'failed':
      return line(`${start}F${id}\t${reason(committed.reason)}`);
  }
}

function reason(text: string): string {
  return escaped(Buffer.from(replyReason(text), 'utf8').latin1Slice());
}

function line(text: string): Buffer {
  return Buffer.from(`${text}\n`, 'latin1');
}
