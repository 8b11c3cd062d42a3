import { RawClient, splitReply, type Words } from './raw-client.js';
import { textItems } from './twin.js';

/**
 * All that a server keeps: what its primary has, or what its file had. It goes beyond DEBUG DIGEST, which of an expiry
 * only knows that there is one, of a stream only the entries, and of functions nothing. Not the encodings: a value may
 * have another one when it was loaded as a whole. No key may expire meanwhile (`expiresBefore`); DEBUG must be allowed.
 */
export interface State {
  /** As "0/key". */
  readonly keys: ReadonlyMap<string, KeyState>;
  /** As many in all databases; more than `keys` while some have expired and are not deleted. */
  readonly size: number;
  /** FUNCTION LIST WITHCODE, in the order of names. */
  readonly functions: string;
}

interface KeyState {
  readonly type: string;
  readonly digest: string;
  /** PEXPIRETIME: milliseconds, -1 for never. */
  readonly expires: number;
  /** XINFO STREAM … FULL: entries, groups, consumers, who has what since when. */
  readonly stream?: string;
}

const DATABASES = 16;

export async function stateOf(port: number): Promise<State> {
  const client = await RawClient.connect(port);
  try {
    const keys = new Map<string, KeyState>();
    let size = 0;
    for (let db = 0; db < DATABASES; db++) {
      await client.ask(['SELECT', db]);
      for (const [key, state] of await databaseOf(client)) keys.set(`${db}/${key}`, state);
      size += numberOf(await client.ask(['DBSIZE']));
    }
    return { keys, size, functions: inOrder(await client.ask(['FUNCTION', 'LIST', 'WITHCODE'])) };
  } finally {
    client.close();
  }
}

/** Whether some key is over by then, or is over already and not deleted yet. */
export function expiresBefore(time: number, { keys, size }: State): boolean {
  return size > keys.size || [...keys.values()].some(({ expires }) => expires >= 0 && expires < time);
}

/**
 * What a replica has the same as its primary. It is told of what a group has read by XCLAIM, as if it had been claimed:
 * from Redis 7.0 too it learns neither when a consumer was last seen nor how many entries were read, and what is left.
 */
export function asReplicated(state: State): State {
  const keys = [...state.keys].map(([name, key]) => [name, replicated(key)] as const);
  return { ...state, keys: new Map(keys) };
}

/** What is not the same, a line for each. */
export function differences(one: State, other: State): string[] {
  const names = new Set([...one.keys.keys(), ...other.keys.keys()]);
  const lines = [...names].map((name) => difference(name, one.keys.get(name), other.keys.get(name)));
  lines.push(difference('functions', one.functions, other.functions), difference('size', one.size, other.size));
  return lines.filter((line) => line !== undefined);
}

function difference(name: string, one: unknown, other: unknown): string | undefined {
  const [first, second] = [JSON.stringify(one) ?? 'none', JSON.stringify(other) ?? 'none'];
  if (first === second) return undefined;
  let at = 0;
  while (first[at] === second[at]) at++;
  const shown = (text: string) => text.slice(Math.max(0, at - 60), at + 60);
  return `${name}: …${shown(first)}… / …${shown(second)}…`;
}

const NOT_TOLD = /(?<=\r\n(seen-time|entries-read|lag)\r\n)[:$]-?\d+/g;

function replicated(key: KeyState): KeyState {
  return key.stream === undefined ? key : { ...key, stream: key.stream.replace(NOT_TOLD, '') };
}

async function databaseOf(client: RawClient): Promise<[string, KeyState][]> {
  const keys = await scan(client);
  const types = await askEach(client, keys, (key) => ['TYPE', key]);
  const digests = await askEach(client, keys, (key) => ['DEBUG', 'DIGEST-VALUE', key]);
  const times = await askEach(client, keys, (key) => ['PEXPIRETIME', key]);
  const isStream = (_: string, i: number) => types[i]!.includes('stream');
  const streams = keys.filter(isStream);
  const told = await askEach(client, streams, (key) => ['XINFO', 'STREAM', key, 'FULL', 'COUNT', 0]);
  const streamOf = new Map(streams.map((key, i) => [key, { stream: textOf(told[i]!) }]));
  return keys.map((key, i) => [
    key,
    {
      type: textOf(types[i]!).slice(1, -2),
      digest: textOf(digests[i]!).split('\r\n')[1]!,
      expires: numberOf(times[i]!),
      ...streamOf.get(key),
    },
  ]);
}

/** By SCAN, and not by KEYS: a primary deletes what it meets and finds expired. */
async function scan(client: RawClient): Promise<string[]> {
  const keys = new Set<string>();
  let cursor = '0';
  do {
    const [next, page] = splitReply(await client.ask(['SCAN', cursor, 'COUNT', 1000]))!.items;
    for (const key of textItems(page!)) keys.add(key);
    cursor = textOf(next!).split('\r\n')[1]!;
  } while (cursor !== '0');
  return [...keys].sort();
}

const BATCH = 200;

async function askEach(
  client: RawClient,
  keys: readonly string[],
  question: (key: string) => Words,
): Promise<Buffer[]> {
  const replies: Buffer[] = [];
  for (let start = 0; start < keys.length; start += BATCH) {
    const batch = keys.slice(start, start + BATCH);
    client.send(...batch.map(question));
    replies.push(...(await client.take(batch.length)));
  }
  return replies;
}

function textOf(reply: Buffer): string {
  return reply.toString('latin1');
}

function numberOf(reply: Buffer): number {
  return Number(textOf(reply).slice(1));
}

/** A list of maps in the order of their texts, on every level: Redis lists libraries, and their functions, as its hash has it. */
function inOrder(reply: Buffer): string {
  const parts = splitReply(reply);
  if (parts === undefined) return textOf(reply);
  const items = parts.items.map(inOrder);
  if (items.every((item) => item.startsWith('*'))) items.sort();
  return parts.head + items.join('');
}
