import { describe, expect, it } from 'vitest';
import { Backlog, inPieces } from '../../../../src/server/replication/backlog.js';

const bytes = (text: string) => Buffer.from(text);

/** All from the offset on. */
function read(backlog: Backlog, offset: number): string {
  let text = '';
  for (let at = offset; ; ) {
    const piece = backlog.at(at);
    if (piece === undefined) return text;
    text += piece.latin1Slice();
    at += piece.length;
  }
}

describe('the backlog', () => {
  it('keeps the last bytes, at least as many as it is to hold', () => {
    const backlog = new Backlog(
      101,
      () => 5,
      () => Number.POSITIVE_INFINITY,
    );
    for (const piece of ['abc', 'def', 'ghi', 'jk']) backlog.append(bytes(piece));
    expect([backlog.firstOffset, backlog.length, backlog.nextOffset]).toEqual([107, 5, 112]);
    expect(read(backlog, 107)).toBe('ghijk');
    expect(read(backlog, 109)).toBe('ijk');
    expect([106, 107, 112, 113].map((offset) => backlog.holds(offset))).toEqual([false, true, true, false]);
    expect(backlog.at(106)).toBeUndefined();
  });

  it('keeps what a replica has not been sent yet, and lets it go when that has gone', () => {
    let needed = 4;
    const backlog = new Backlog(
      1,
      () => 2,
      () => needed,
    );
    for (let i = 0; i < 100; i++) backlog.append(bytes('abc'));
    expect([backlog.firstOffset, backlog.length]).toEqual([4, 297]);
    expect(read(backlog, 4)).toBe('abc'.repeat(99));
    needed = Number.POSITIVE_INFINITY;
    backlog.trim();
    expect([backlog.firstOffset, backlog.length]).toEqual([298, 3]);
    backlog.append(bytes('de'));
    expect([backlog.firstOffset, read(backlog, 301)]).toEqual([301, 'de']);
  });

  it('moves to where the history is that it belongs to', () => {
    const backlog = new Backlog(
      1,
      () => 100,
      () => Number.POSITIVE_INFINITY,
    );
    backlog.append(bytes('abc'));
    backlog.append(bytes('de'));
    backlog.rebase(1000);
    expect([backlog.firstOffset, backlog.nextOffset]).toEqual([1001, 1006]);
    expect(read(backlog, 1002)).toBe('bcde');
  });

  it.each([
    [['abcdefg'], 3, ['abc', 'def', 'g']],
    [['a', 'bcdef', 'g'], 3, ['a', 'bcd', 'ef', 'g']],
    [['abc', 'def'], 3, ['abc', 'def']],
    [[], 3, []],
  ])('takes copies of %j of at most %d bytes', (blocks, most, pieces) => {
    const given = blocks.map(bytes);
    const taken = [...inPieces(given, most)];
    for (const block of given) block.fill(0);
    expect(taken.map(String)).toEqual(pieces);
  });
});
