/** Replies of a server as redis-cli prints them: with types and numbers for people, bare for programs, as JSON. */
import { Double, type Reply, ReplyError, VerbatimText } from '../resp/reply.js';
import { valueJson } from './answers.js';
import { quoted, readable } from './readable.js';

/** For a terminal, without the last line end: types in parentheses, elements numbered and indented. */
export function replyForPeople(reply: Reply, indent = ''): string {
  if (reply === null) return '(nil)';
  if (typeof reply === 'string') return readable(Buffer.from(reply));
  if (typeof reply === 'boolean') return `(${reply})`;
  if (typeof reply === 'number' || typeof reply === 'bigint') return `(integer) ${reply}`;
  if (Buffer.isBuffer(reply)) return quoted(reply);
  if (reply instanceof Double) return `(double) ${doubleText(reply)}`;
  if (reply instanceof VerbatimText) return readable(Buffer.from(reply.text.replaceAll('\r\n', '\n'))).trimEnd();
  if (reply instanceof ReplyError) return `(error) ${readable(Buffer.from(reply.message))}`;
  if (reply instanceof Map) return mapForPeople(reply as ReadonlyMap<Reply, Reply>, indent);
  if (reply instanceof Set) return listForPeople([...(reply as ReadonlySet<Reply>)], 'set', '~', indent);
  return listForPeople(reply as readonly Reply[], 'array', ')', indent);
}

function listForPeople(items: readonly Reply[], kind: string, mark: string, indent: string): string {
  if (items.length === 0) return `(empty ${kind})`;
  return numbered(items.length, mark, indent, (i, inner) => replyForPeople(items[i] ?? null, inner));
}

function mapForPeople(map: ReadonlyMap<Reply, Reply>, indent: string): string {
  if (map.size === 0) return '(empty hash)';
  const entries = [...map];
  return numbered(map.size, '#', indent, (i, inner) => {
    const [key, value] = entries[i] as [Reply, Reply];
    return `${replyForPeople(key, inner)} => ${replyForPeople(value, inner)}`;
  });
}

/** The first element stands on the line of its list's own number. */
function numbered(count: number, mark: string, indent: string, item: (i: number, inner: string) => string): string {
  const width = String(count).length;
  const inner = indent + ' '.repeat(width + 2);
  const lines = Array.from({ length: count }, (_, i) => `${String(i + 1).padStart(width)}${mark} ${item(i, inner)}`);
  return lines.join(`\n${indent}`);
}

/** For a pipe, as `redis-cli --raw`: values as they are, one per line. */
export function replyForPrograms(reply: Reply): Buffer {
  const parts: Buffer[] = [];
  for (const leaf of leaves(reply)) parts.push(leaf, LINE_END);
  return Buffer.concat(parts);
}

const LINE_END = Buffer.from('\n');

function* leaves(reply: Reply): Generator<Buffer> {
  if (Buffer.isBuffer(reply)) yield reply;
  else if (reply instanceof Map) for (const [key, value] of reply as ReadonlyMap<Reply, Reply>) yield* both(key, value);
  else if (reply instanceof Set || Array.isArray(reply))
    for (const item of reply as Iterable<Reply>) yield* leaves(item);
  else yield Buffer.from(scalarText(reply));
}

function* both(key: Reply, value: Reply): Generator<Buffer> {
  yield* leaves(key);
  yield* leaves(value);
}

function scalarText(reply: Reply): string {
  if (reply === null) return '';
  if (reply instanceof Double) return doubleText(reply);
  if (reply instanceof VerbatimText) return reply.text;
  return reply instanceof Error ? reply.message : String(reply);
}

/** What `JSON.stringify` makes the reply of: maps with text keys are objects, others lists of pairs. */
export function replyForJson(reply: Reply): unknown {
  if (Buffer.isBuffer(reply)) return bytesForJson(reply);
  if (reply instanceof Double) return Number.isFinite(reply.value) ? reply.value : doubleText(reply);
  if (reply instanceof VerbatimText) return reply.text;
  if (reply instanceof ReplyError) return { error: reply.message };
  if (reply instanceof Set || Array.isArray(reply)) return [...(reply as Iterable<Reply>)].map(replyForJson);
  if (!(reply instanceof Map)) return reply;
  const entries = [...(reply as ReadonlyMap<Reply, Reply>)].map(
    ([k, v]) => [replyForJson(k), replyForJson(v)] as const,
  );
  return entries.every(([key]) => typeof key === 'string') ? Object.fromEntries(entries) : entries;
}

function bytesForJson(bytes: Buffer): unknown {
  const { value, ...otherwise } = valueJson('value', bytes) as { value: string | null; valueBase64?: string };
  return value ?? { base64: otherwise.valueBase64 };
}

function doubleText({ value }: Double): string {
  if (Number.isNaN(value)) return 'nan';
  return Number.isFinite(value) ? String(value) : value < 0 ? '-inf' : 'inf';
}
