import { splitReply } from './raw-client.js';

/** A reply's bytes as text that is the same for both servers where they may differ. */
export type Comparison = (reply: Buffer) => string;

export const exact: Comparison = (reply) => reply.toString('latin1');

/** Items in any order. */
export const unordered: Comparison = (reply) => sorted(reply, 1);

/** A map's pairs, or a flat list of them, in any order. */
export const unorderedPairs: Comparison = (reply) => sorted(reply, reply[0] === 0x2a && isNested(reply) ? 1 : 2);

/** Two items, the second a list in any order: what SCAN answers. */
export const unorderedPage: Comparison = (reply) => {
  const parts = splitReply(reply);
  if (parts?.items.length !== 2) return exact(reply);
  return `${parts.head}${exact(parts.items[0]!)}${unordered(parts.items[1]!)}`;
};

/** Only the kind of reply and, of an aggregate, its length: for values drawn at random. */
export const shape: Comparison = (reply) => {
  const parts = splitReply(reply);
  return parts ? `${parts.head}${parts.items.map(shape).join('')}` : exact(reply).slice(0, 1);
};

/** Only whether it is an error, an array, …. */
export const kind: Comparison = (reply) => exact(reply).slice(0, 1);

/** Numbers rounded down to a multiple of `step`, with `step` itself as slack: times that go on meanwhile. */
export function near(step: number): Comparison {
  return (reply) => exact(reply).replace(/\d+/g, (digits) => String(Math.round(Number(digits) / step)));
}

/** What the pattern matches is masked. */
export function masking(pattern: RegExp): Comparison {
  return (reply) => exact(reply).replace(pattern, '<…>');
}

/** A text's lines in any order, each as `shown` has it. */
export function comparingLines(shown: (line: string) => string): Comparison {
  return (reply) => exact(reply).split('\r\n').slice(1).map(shown).sort().join('\n');
}

/** How replies to a command are compared unless a step says otherwise. */
export function comparisonOf(name: string): Comparison {
  return BY_COMMAND.get(name.toUpperCase()) ?? exact;
}

const BY_COMMAND: ReadonlyMap<string, Comparison> = new Map([
  ...['KEYS', 'SMEMBERS', 'SINTER', 'SUNION', 'SDIFF', 'HKEYS', 'HVALS'].map((name) => [name, unordered] as const),
  ['HGETALL', unorderedPairs],
  ['RANDOMKEY', shape],
  ['SRANDMEMBER', shape],
  ['SPOP', shape],
  ['HRANDFIELD', shape],
  ['ZRANDMEMBER', shape],
  ['TIME', shape],
  ['XINFO', masking(/:\d{13}\r\n/g)],
  // How long an entry is pending stands before how often it was delivered.
  ['XPENDING', masking(/:\d+(?=\r\n:\d+\r\n)/g)],
]);

function isNested(reply: Buffer): boolean {
  return splitReply(reply)?.items.some((item) => item[0] === 0x2a) ?? false;
}

function sorted(reply: Buffer, group: number): string {
  const parts = splitReply(reply);
  if (!parts) return exact(reply);
  const groups: string[] = [];
  for (let i = 0; i < parts.items.length; i += group)
    groups.push(
      parts.items
        .slice(i, i + group)
        .map(exact)
        .join(''),
    );
  return parts.head + groups.sort().join('');
}
