import { Area } from '../../resp/area.js';
import type { ByteString } from '../../resp/args.js';
import type { ReplySink } from '../../resp/sink.js';
import { ReplyWriter } from '../../resp/writer.js';

export type PairTeller = (reply: ReplySink, member: ByteString, score: number) => void;

export function tellMember(reply: ReplySink, member: ByteString): void {
  reply.bulk(member);
}

export function tellPair(reply: ReplySink, member: ByteString, score: number): void {
  if (reply.protocol === 3) reply.array(2);
  reply.bulk(member);
  reply.double(score);
}

/** Pairs as they are told, written once: the ten best of a table that everybody asks for are copied from here. */
export class ToldRun {
  private constructor(
    private readonly protocol: 2 | 3,
    private readonly teller: PairTeller,
    private readonly backwards: boolean,
    private readonly area: Area,
    /** Where the pairs end, in the order in which they are told. */
    private readonly ends: readonly number[],
  ) {}

  /** Undefined where it would take more memory than it is worth. */
  static of(
    { scores, members }: { readonly scores: readonly number[]; readonly members: readonly ByteString[] },
    protocol: 2 | 3,
    teller: PairTeller,
    backwards: boolean,
  ): ToldRun | undefined {
    if (members.reduce((sum, { length }) => sum + length + AROUND, 0) > LONGEST) return undefined;
    WRITER.protocol = protocol;
    const ends: number[] = [];
    for (let i = 0; i < members.length; i++) {
      const place = backwards ? members.length - 1 - i : i;
      teller(WRITER, members[place]!, scores[place]!);
      ends.push(WRITER.length);
    }
    const area = Area.of(WRITER.length);
    area.bytes.set(WRITER.take());
    WRITER.release();
    return new ToldRun(protocol, teller, backwards, area, ends);
  }

  isFor(reply: ReplySink, teller: PairTeller, backwards: boolean): boolean {
    const { protocol } = this;
    return teller === this.teller && backwards === this.backwards && protocol === reply.protocol && !!reply.written;
  }

  /** Tells up to `count` pairs from a place on, and answers how many. */
  tell(at: number, count: number, reply: ReplySink): number {
    const { area, ends, backwards } = this;
    const from = backwards ? ends.length - 1 - at : at;
    const to = Math.min(ends.length, from + count);
    const start = from === 0 ? 0 : ends[from - 1]!;
    reply.written!(area, start, ends[to - 1]! - start);
    return to - from;
  }
}

const WRITER = new ReplyWriter();
/** Bytes: of all pairs, and of a pair's heads and score. */
const LONGEST = 8192;
const AROUND = 48;
