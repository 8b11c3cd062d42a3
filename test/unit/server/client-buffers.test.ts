import { describe, expect, it } from 'vitest';
import { ReplyWriter } from '../../../src/resp/writer.js';
import { ClientBuffers } from '../../../src/server/session/client-buffers.js';
import { OutputLimitCheck } from '../../../src/server/session/output-limit.js';

const tuning = { resizing: true, peakResetTime: 1_000 };

describe('the reply buffer', () => {
  it('halves while little is written and doubles while it is filled', () => {
    const buffers = new ClientBuffers(0);
    let now = 0;
    const sizes = (length: number, rounds: number) =>
      Array.from({ length: rounds }, () => {
        now += 1_000;
        buffers.resize(now, 0, 0, tuning);
        buffers.replied(length);
        return buffers.reply;
      });
    expect(sizes(5, 3)).toEqual([1024, 1024, 1024]);
    expect(sizes(40_000, 6)).toEqual([1024, 2048, 4096, 8192, 16_384, 16_384]);
    expect(sizes(5_000, 4)).toEqual([16_384, 5_001, 5_001, 5_001]);
  });

  it('stays as it is when resizing is off', () => {
    const buffers = new ClientBuffers(0);
    for (let now = 0; now < 20_000; now += 1_000) buffers.resize(now, 0, 0, { resizing: false, peakResetTime: 1_000 });
    expect(buffers.reply).toBe(16_384);
  });
});

describe('the query buffer', () => {
  it('is there from the first command until two seconds without any', () => {
    const buffers = new ClientBuffers(0);
    expect(buffers.query).toBe(0);
    buffers.received(30, 0);
    buffers.resize(1_000, 1_000, 0, tuning);
    expect(buffers.query).toBe(20_474);
    buffers.resize(3_000, 3_000, 0, tuning);
    expect(buffers.query).toBe(0);
  });

  it('shrinks to what was needed lately after a long command, and not below what it holds', () => {
    const buffers = new ClientBuffers(0);
    buffers.received(400_000, 400_000);
    buffers.resize(1_000, 0, 0, tuning);
    expect(buffers.query).toBe(400_000);
    buffers.received(100, 0);
    buffers.resize(2_000, 0, 0, tuning);
    expect(buffers.query).toBe(100);
    buffers.received(50_000, 400_000);
    buffers.resize(3_000, 5_000, 400_000, tuning);
    expect(buffers.query).toBe(400_000);
  });
});

describe('the output limit', () => {
  const limits = { normal: { hard: 1000, soft: 100, seconds: 2 } };
  const cases: readonly (readonly [string, readonly (readonly [number, number, boolean])[]])[] = [
    [
      'the hard one holds at once',
      [
        [0, 999, false],
        [0, 1000, true],
      ],
    ],
    [
      'the soft one after its time',
      [
        [0, 100, false],
        [2_000, 100, false],
        [2_001, 100, true],
      ],
    ],
    [
      'and begins anew below it',
      [
        [0, 500, false],
        [1_000, 99, false],
        [2_500, 500, false],
        [4_501, 500, true],
      ],
    ],
  ];
  const checkOf = ({ subscriptions }: { subscriptions: number }) =>
    new OutputLimitCheck(
      { replica: undefined, subscriptions },
      { outputLimits: limits, outputLimit: Number.POSITIVE_INFINITY, backlogSize: 0 },
    );

  it.each(cases)('%s', (_, steps) => {
    const check = checkOf({ subscriptions: 0 });
    for (const [now, unread, over] of steps) expect(check.isOver(unread - 40, 40, now + 1)).toBe(over);
  });

  it('none for a class without one', () => {
    expect(checkOf({ subscriptions: 1 }).isOver(1e12, 0, 1)).toBe(false);
  });
});

describe('a writer with a limit', () => {
  it('throws away what is longer, however it is written', () => {
    const writer = new ReplyWriter();
    writer.limit = 100_000;
    const mark = writer.open('array');
    for (let i = 0; i < 20_000; i++) writer.bulk('0123456789');
    writer.close(mark, 20_000);
    writer.bulkBytes(Buffer.alloc(300_000));
    expect(writer.full).toBe(true);
  });

  it('leaves what fits as it is', () => {
    const writer = new ReplyWriter();
    writer.limit = 100_000;
    writer.bulkBytes(Buffer.alloc(90_000, 'x'));
    writer.bulk('short');
    expect(writer.full).toBe(false);
    expect(writer.take().toString()).toBe(`$90000\r\n${'x'.repeat(90_000)}\r\n$5\r\nshort\r\n`);
  });
});
