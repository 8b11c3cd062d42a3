import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { CallError, Channel, type Port } from '../../../../src/daemon/workers/channel.js';

type Left = { double: { asked: number; answered: number }; fail: { asked: null; answered: null } };
type Right = { note: { asked: string; answered: null } };

/** Two ends of an IPC channel, without processes; `lost` makes sending fail. */
function pair() {
  const ends = [new EventEmitter(), new EventEmitter()] as const;
  const state = { lost: false };
  const port = (i: 0 | 1): Port => ({
    on: (event, listener) => ends[i].on(event, listener),
    send: (message, _handle, _options, callback) => {
      const text = JSON.stringify(message);
      process.nextTick(() => {
        if (!state.lost) ends[1 - i]?.emit('message', JSON.parse(text));
        callback(state.lost ? new Error('the channel is closed') : null);
      });
      return true;
    },
  });
  const notes: string[] = [];
  const left = new Channel<Left, Right>(port(0), {
    double: (asked) => asked * 2,
    fail: () => Promise.reject(new Error('it fails')),
  });
  const right = new Channel<Right, Left>(port(1), {
    note: (asked) => {
      notes.push(asked);
      return null;
    },
  });
  return { left, right, notes, state };
}

test('calls are answered, each its own', async () => {
  const { right } = pair();
  expect(await Promise.all([right.call('double', 1), right.call('double', 2)])).toEqual([2, 4]);
  await expect(right.call('fail', null)).rejects.toThrow(new CallError('it fails'));
});

test('what is told is heard in order', async () => {
  const { left, notes } = pair();
  left.tell('note', 'a');
  await left.call('note', 'b');
  expect(notes).toEqual(['a', 'b']);
});

test('calls end with the other process', async () => {
  const { right, state } = pair();
  state.lost = true;
  await expect(right.call('double', 1)).rejects.toThrow('the channel is closed');
  const waiting = pair();
  const call = waiting.right.call('double', 1);
  waiting.right.end('it was killed');
  await expect(call).rejects.toThrow(new CallError('it was killed'));
  await expect(waiting.right.call('double', 1)).rejects.toThrow('it was killed');
});
