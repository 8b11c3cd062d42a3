import { afterEach, describe, expect, it, vi } from 'vitest';
import { Area } from '../../../src/resp/area.js';
import { OutputRoom } from '../../../src/resp/output-room.js';
import { ReplyWriter } from '../../../src/resp/writer.js';

function writers(count: number): { room: OutputRoom; writers: ReplyWriter[] } {
  const room = new OutputRoom();
  return { room, writers: Array.from({ length: count }, () => new ReplyWriter(room)) };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('replies that wait for the end of the turn', () => {
  it('lie one behind the other in one buffer', () => {
    const { writers: all } = writers(3);
    all.forEach((writer, i) => {
      writer.bulk(`reply ${i}`);
      writer.park();
      expect(writer.length).toBe(13);
    });
    const taken = all.map((writer) => writer.take());
    expect(taken.map(String)).toEqual([0, 1, 2].map((i) => `$7\r\nreply ${i}\r\n`));
    expect(new Set(taken.map((bytes) => bytes.buffer)).size).toBe(1);
    for (const writer of all) writer.release();
    all[2]!.bulk('the next turn');
    expect(all[2]!.take().byteOffset).toBe(taken[0]!.byteOffset);
  });

  it('stay in order with what the same client gets later in the turn', () => {
    const { writers: all } = writers(2);
    const [first, second] = all as [ReplyWriter, ReplyWriter];
    first.integer(1);
    first.park();
    second.integer(2);
    second.park();
    first.integer(3);
    first.park();
    first.integer(4);
    expect(first.length).toBe(12);
    expect(String(first.take())).toBe(':1\r\n:3\r\n:4\r\n');
    expect(String(second.take())).toBe(':2\r\n');
  });

  it('are not written over while the system has not taken them', () => {
    const { writers: all } = writers(2);
    const [slow, fast] = all as [ReplyWriter, ReplyWriter];
    fast.bulk('parked');
    fast.park();
    slow.bulk('slow');
    const unsent = slow.take();
    slow.leave();
    const sent = fast.take();
    fast.release();
    for (const writer of all) for (let i = 0; i < 10_000; i++) writer.bulk('something else');
    expect(String(unsent)).toBe('$4\r\nslow\r\n');
    expect(String(sent)).toBe('$6\r\nparked\r\n');
  });

  it('are taken in parts, the last of which the others do not write over', () => {
    const { writers: all } = writers(2);
    const [client, other] = all as [ReplyWriter, ReplyWriter];
    client.bulk('first');
    client.bulk('second');
    client.park();
    expect(String(client.take(11))).toBe('$5\r\nfirst\r\n');
    client.release();
    expect(client.length).toBe(12);
    other.bulk('between');
    client.bulk('third');
    for (let i = 0; i < 10_000; i++) other.bulk('something else');
    expect(String(client.take(19))).toBe('$6\r\nsecond\r\n$5\r\nthi');
    client.leave();
    for (let i = 0; i < 10_000; i++) other.bulk('something else');
    expect(String(client.take(20))).toBe('rd\r\n');
    client.release();
    expect([client.length, String(client.take(20))]).toEqual([0, '']);
  });

  it('may be longer than the buffer', () => {
    const { writers: all } = writers(2);
    const long = 'x'.repeat(300_000);
    all.forEach((writer, i) => {
      writer.bulk(`${i}${long}`);
      writer.park();
    });
    all.forEach((writer, i) => {
      expect(String(writer.take())).toBe(`$300001\r\n${i}${long}\r\n`);
      writer.release();
    });
    all[0]!.bulk('again');
    expect(String(all[0]!.take())).toBe('$5\r\nagain\r\n');
  });
});

describe('the room for replies', () => {
  it.each([
    { clients: 50, replies: 56 },
    { clients: 50, replies: 16 },
    { clients: 10, replies: 2000 },
  ])('is used again in each turn by $clients clients with $replies replies', ({ clients, replies }) => {
    const { writers: all } = writers(clients);
    const value = 'x'.repeat(100);
    const turn = () => {
      for (const writer of all) {
        for (let i = 0; i < replies; i++) writer.bulk(value);
        writer.park();
      }
      for (const writer of all) {
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
