import { describe, expect, it } from 'vitest';
import { Turns } from '../../../src/links/conversation/conversation.js';
import type { Reply } from '../../../src/resp/reply.js';
import { Push } from '../../../src/resp/reply-decoder.js';

const words = (...items: (string | number)[]): Reply[] =>
  items.map((item) => (typeof item === 'string' ? Buffer.from(item) : item));

describe.each([
  ['RESP2', (items: Reply[]) => items],
  ['RESP3', (items: Reply[]) => new Push(items)],
])('replies and messages in %s', (_, unasked) => {
  it('are told apart', async () => {
    const told: Reply[] = [];
    const turns = new Turns((reply) => void told.push(reply));
    const subscribed = turns.wait(['SUBSCRIBE', 'a', 'b']);
    turns.accept(unasked(words('subscribe', 'a', 1)));
    turns.accept(unasked(words('subscribe', 'b', 2)));
    expect(await subscribed).toEqual(words('subscribe', 'a', 1));
    expect(turns.subscriptions).toBe(2);

    const pinged = turns.wait(['PING']);
    turns.accept(unasked(words('message', 'a', 'text')));
    turns.accept('PONG');
    expect(await pinged).toBe('PONG');

    const left = turns.wait(['UNSUBSCRIBE']);
    turns.accept(unasked(words('unsubscribe', 'a', 1)));
    turns.accept(unasked(words('unsubscribe', 'b', 0)));
    expect(await left).toEqual(words('unsubscribe', 'a', 1));
    expect(turns.subscriptions).toBe(0);
    expect(told).toEqual([words('subscribe', 'b', 2), words('message', 'a', 'text'), words('unsubscribe', 'b', 0)]);
  });
});

it('a list that looks like a message is a reply while nothing is subscribed to', async () => {
  const turns = new Turns(() => expect.unreachable());
  const range = turns.wait(['LRANGE', 'k', '0', '-1']);
  turns.accept(words('message', 'a', 'text'));
  expect(await range).toEqual(words('message', 'a', 'text'));
});

it('what waits is rejected, in order, and lines that nobody waits for are told', async () => {
  const told: Reply[] = [];
  const turns = new Turns((reply) => void told.push(reply));
  turns.accept('1 [0 1.2.3.4] "get"');
  const waiting = [turns.wait(['GET', 'a']), turns.wait(['GET', 'b'])];
  turns.fail(new Error('gone'));
  expect(await Promise.allSettled(waiting)).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
  expect(told).toEqual(['1 [0 1.2.3.4] "get"']);
});
