import { afterEach, describe, expect, it, vi } from 'vitest';
import { Area } from '../../../src/resp/area.js';
import { OutputRoom } from '../../../src/resp/output-room.js';
import { ReplyWriter } from '../../../src/resp/writer.js';

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the room for replies', () => {
  it.each([
    { clients: 50, replies: 56 },
    { clients: 50, replies: 16 },
    { clients: 10, replies: 2000 },
  ])('is used again in each turn by $clients clients with $replies replies', ({ clients, replies }) => {
    const room = new OutputRoom();
    const writers = Array.from({ length: clients }, () => new ReplyWriter(room));
    const value = 'x'.repeat(100);
    const turn = () => {
      for (const writer of writers) {
        for (let i = 0; i < replies; i++) writer.bulk(value);
        writer.park();
      }
      for (const writer of writers) {
        expect(writer.take().length).toBe(replies * 108);
        writer.release();
      }
    };
    turn();
    turn();
    const made = vi.spyOn(Area, 'of');
    turn();
    turn();
    expect(made).not.toHaveBeenCalled();
  });
});
