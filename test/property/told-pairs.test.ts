import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ReplyWriter } from '../../src/resp/writer.js';
import { RankTree } from '../../src/server/data/rank-tree.js';
import { type PairTeller, ToldRun, tellMember, tellPair } from '../../src/server/data/told-run.js';

type Change = { readonly member: number; readonly score: number };
interface Read {
  readonly from: number;
  readonly count: number;
  readonly backwards: boolean;
  readonly scores: boolean;
  readonly protocol: 2 | 3;
  /** How often in a row. */
  readonly times: number;
}

const change: fc.Arbitrary<Change> = fc.record({ member: fc.nat(150), score: fc.integer({ min: -1, max: 0 }) });
const changes = fc.oneof(fc.array(change, { maxLength: 2 }), fc.array(change, { maxLength: 150, size: 'max' }));
const read: fc.Arbitrary<Read> = fc.record({
  from: fc.nat(60),
  count: fc.nat(70),
  backwards: fc.boolean(),
  scores: fc.boolean(),
  protocol: fc.constantFrom(2, 3),
  times: fc.constantFrom(1, 20),
});

const rounds = fc.array(fc.record({ changed: changes, isCopied: fc.boolean() }), { maxLength: 8 });

it('tells the pairs of a sorted set as they are, however often they were read before', () => {
  fc.assert(
    fc.property(rounds, fc.array(read, { maxLength: 4 }), (rounds, reads) => {
      const tree = new RankTree();
      const scores = new Map<string, number>();
      const copies: { readonly copy: RankTree; readonly one: Read; readonly text: string }[] = [];
      for (const { changed, isCopied } of rounds) {
        for (const change of changed) apply(tree, scores, change);
        // They share leaves with the tree, which has changed since.
        for (const { copy, one, text } of copies) expect(told(copy, one)).toBe(text);
        const copy = isCopied ? tree.clone() : undefined;
        for (const one of reads) {
          const text = visited(tree, one);
          expect(told(tree, one)).toBe(text);
          if (copy === undefined) continue;
          expect(told(copy, one)).toBe(text);
          copies.push({ copy, one, text });
        }
      }
    }),
    { numRuns: 300 },
  );
});

it('remembers pairs as long as they take little memory', () => {
  const run = (length: number) => ToldRun.of({ scores: [1], members: ['m'.repeat(length)] }, 3, tellPair, false);
  expect(run(7_000)).toBeInstanceOf(ToldRun);
  expect(run(9_000)).toBeUndefined();
});

/** Puts the member in with the score, or takes it out where it has it. */
function apply(tree: RankTree, scores: Map<string, number>, { member, score }: Change): void {
  const text = `member:${member}`;
  const before = scores.get(text);
  if (before !== undefined) tree.remove(before, text);
  scores.delete(text);
  if (before === score) return;
  tree.insert(score, text);
  scores.set(text, score);
}

const tellerOf = ({ scores }: Read): PairTeller => (scores ? tellPair : tellMember);

function told(tree: RankTree, read: Read): string {
  const writer = new ReplyWriter();
  writer.protocol = read.protocol;
  let last = '';
  for (let i = 0; i < read.times; i++) {
    tree.tell(read.from, read.count, writer, tellerOf(read), read.backwards);
    last = writer.take().toString('latin1');
    writer.release();
  }
  return last;
}

function visited(tree: RankTree, read: Read): string {
  const writer = new ReplyWriter();
  writer.protocol = read.protocol;
  const tell = tellerOf(read);
  tree.each(read.from, read.count, (member, score) => tell(writer, member, score), read.backwards);
  return writer.take().toString('latin1');
}
