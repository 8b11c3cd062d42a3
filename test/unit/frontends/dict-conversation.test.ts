import { describe, expect, test } from 'vitest';
import { DictConversation } from '../../../src/frontends/dict/conversation.js';
import type { ServedDict } from '../../../src/frontends/served-dict.js';
import type { DictChange } from '../../../src/lookups/dict/dictionary.js';

/** A conversation with a dictionary that answers when it is told to. */
function converse() {
  const closed: string[] = [];
  const done: string[] = [];
  const waiting: (() => void)[] = [];
  const after = <T>(what: string, result: T) =>
    new Promise<T>((resolve) => {
      done.push(what);
      waiting.push(() => resolve(result));
    });
  const dict = {
    lookup: (path: string) => after(`lookup ${path}`, { kind: 'notFound' }),
    iterate: () => after('iterate', { kind: 'rows', rows: [] }),
    commit: (_: string, changes: readonly DictChange[]) => after(`commit ${changes.length}`, { kind: 'ok' }),
  } as unknown as ServedDict;
  const conversation = new DictConversation({
    limits: { maxPipeline: 100, maxUnsent: 1 },
    dict: (name) => (name === 'quota' ? dict : undefined),
    closes: (reason) => void closed.push(reason),
  });
  const replies: string[] = [];
  /** Takes all that is answered, as the connection does. */
  const say = (text: string) => {
    conversation.push(Buffer.from(text, 'latin1'));
    for (let line = conversation.next(); line !== null; line = conversation.next()) {
      conversation.answer(line, (answer) => void replies.push(answer.latin1Slice()));
    }
  };
  const settle = async () => {
    for (const wake of waiting.splice(0)) wake();
    await new Promise(setImmediate);
  };
  return { conversation, say, settle, done, replies, closed };
}

const HELLO = 'H3\t2\t0\t\tquota\n';

describe('order', () => {
  test('lookups go together, a commit waits for them, and what is behind it for the commit', async () => {
    const { say, settle, done, replies } = converse();
    say(
      `${HELLO}Lshared/a\t\nLshared/b\t\nB1\t\nS1\tshared/a\t1\nC1\nLshared/c\t\nB2\t\nU2\tshared/a\nC2\nLshared/d\t\n`,
    );
    expect(done).toEqual(['lookup shared/a', 'lookup shared/b']);
    await settle();
    expect(done.splice(0)).toEqual(['lookup shared/a', 'lookup shared/b', 'commit 1']);
    await settle();
    expect(done.splice(0)).toEqual(['lookup shared/c']);
    await settle();
    expect(done.splice(0)).toEqual(['commit 1']);
    await settle();
    expect(done.splice(0)).toEqual(['lookup shared/d']);
    await settle();
    expect(replies).toEqual(['N\n', 'N\n', 'O1\n', 'N\n', 'O2\n', 'N\n']);
  });

  test('while a listing is under way nothing else is to be taken', async () => {
    const { conversation, say, settle, replies } = converse();
    say(`${HELLO}I1\t0\tshared/\t\n`);
    expect(conversation.limits.maxPipeline).toBe(0);
    await settle();
    expect(conversation.limits.maxPipeline).toBe(100);
    expect(replies).toEqual(['\n']);
  });
});

describe('bounds', () => {
  test.each([
    ['transactions', Array.from({ length: 1_001 }, (_, i) => `B${i}\t\n`).join(''), 'there are too many transactions'],
    ['changes', `B1\t\n${'U1\tshared/a\n'.repeat(10_001)}`, 'transactions are too large'],
    ['bytes', `B1\t\n${`S1\tshared/a\t${'v'.repeat(60_000)}\n`.repeat(36)}`, 'transactions are too large'],
  ])('too many %s close', (_, lines, reason) => {
    const { say, closed } = converse();
    expect(() => say(HELLO + lines)).toThrow(reason);
    expect(closed).toEqual([reason]);
  });

  test('count open transactions only', async () => {
    const { say, settle, replies, closed } = converse();
    say(HELLO);
    for (let i = 0; i < 5; i++) {
      say(`B${i}\t\n${'U1\tshared/a\n'.replace('U1', `U${i}`).repeat(9_000)}C${i}\n`);
      await settle();
    }
    expect(replies).toEqual(['O0\n', 'O1\n', 'O2\n', 'O3\n', 'O4\n']);
    expect(closed).toEqual([]);
  });
});

test('byte by byte it hears the same', async () => {
  const { say, settle, done, replies } = converse();
  for (const byte of `${HELLO}B7\tann\nS7\tpriv/a\t\x01t\nC7\n`) say(byte);
  await settle();
  expect({ done, replies }).toEqual({ done: ['commit 1'], replies: ['O7\n'] });
});
