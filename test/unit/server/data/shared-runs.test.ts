import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../src/core/random.js';
import { Args } from '../../../../src/resp/args.js';
import { ListValue } from '../../../../src/server/data/list-value.js';
import { ConsumerGroup } from '../../../../src/server/data/stream-group.js';
import { FIRST_ID, type StreamId } from '../../../../src/server/data/stream-id.js';
import { StreamValue } from '../../../../src/server/data/stream-value.js';

/** Copies of lists and streams share their runs until one of them changes one. */

describe('a list of many chunks and its copies', () => {
  const random = seededRandom(3);

  const CHANGES: readonly ((list: ListValue, model: string[], at: number, element: string) => void)[] = [
    (list, model, _at, element) => {
      list.pushHead(element);
      model.unshift(element);
    },
    (list, model, _at, element) => {
      list.pushTail(element);
      model.push(element);
    },
    (list, model) => expect(list.popHead()).toBe(model.shift()),
    (list, model) => expect(list.popTail()).toBe(model.pop()),
    (list, model, at, element) => {
      list.set(at, element);
      model[at] = element;
    },
    (list, model, at, element) => {
      list.insert(at, element);
      model.splice(at, 0, element);
    },
    (list, model, at) => {
      const element = model[at]!;
      expect(list.removeEqual(element, 1, false)).toBe(1);
      model.splice(model.indexOf(element), 1);
    },
    (list, model, at) => {
      const [from, count] = [at % 3, model.length - (at % 7)];
      list.keep(from, Math.min(count, model.length - from));
      model.splice(from + Math.min(count, model.length - from));
      model.splice(0, from);
    },
  ];

  it('change apart', () => {
    const list = new ListValue();
    for (let i = 0; i < 20_000; i++) list.pushTail(`element:${i}`);
    const lists = [list, list.clone()];
    const models = lists.map(() => Array.from({ length: 20_000 }, (_, i) => `element:${i}`));
    for (let turn = 0; turn < 3000; turn++) {
      if (turn % 1000 === 500) {
        lists.push(lists[1]!.clone());
        models.push(models[1]!.slice());
      }
      const which = random.below(lists.length);
      const model = models[which]!;
      const change = CHANGES[random.below(CHANGES.length)]!;
      change(lists[which]!, model, random.below(model.length), `new:${turn}:${'x'.repeat(random.below(200))}`);
    }
    for (const [which, model] of models.entries()) {
      expect(lists[which]!.size).toBe(model.length);
      expect(lists[which]!.slice(0, model.length - 1)).toEqual(model);
    }
  });
});

describe('a stream of many nodes and its copies', () => {
  const LIMITS = { streamNodeMaxBytes: 4096, streamNodeMaxEntries: 100 };
  const random = seededRandom(5);
  const idOf = (ms: number): StreamId => ({ ms, seq: 0 });
  const idsOf = (stream: StreamValue) => {
    const ids: number[] = [];
    for (const cursor = stream.range(); cursor.next(); ) ids.push(Number(cursor.id().ms));
    return ids;
  };
  const append = (stream: StreamValue, ms: number) => stream.append(idOf(ms), Args.of('f', `v${ms}`), 0, LIMITS);

  it('change apart, and count their bytes', () => {
    const first = new StreamValue();
    const empty = first.memory();
    for (let ms = 1; ms <= 5000; ms++) append(first, ms);
    const streams = [first, first.clone()];
    const models = streams.map(() => Array.from({ length: 5000 }, (_, i) => i + 1));
    for (let turn = 0; turn < 2000; turn++) {
      if (turn % 600 === 300) {
        streams.push(streams[1]!.clone());
        models.push(models[1]!.slice());
      }
      const which = random.below(streams.length);
      const [stream, model] = [streams[which]!, models[which]!];
      const kind = random.below(4);
      if (kind === 0) {
        append(stream, 6000 + turn);
        model.push(6000 + turn);
      } else if (kind === 1) {
        const [ms] = model.splice(random.below(model.length), 1);
        expect(stream.delete([idOf(ms!)])).toBe(1);
      } else if (kind === 2) {
        const keep = model.length - random.below(3);
        expect(stream.trim({ keep, approximate: false, limit: 0 })).toBe(model.length - keep);
        model.splice(0, model.length - keep);
      } else {
        const gone = stream.trim({ keep: idOf(model[random.below(5)]!), approximate: true, limit: 0 });
        model.splice(0, gone);
      }
    }
    for (const [which, stream] of streams.entries()) {
      expect(idsOf(stream)).toEqual(models[which]);
      expect(stream.memory()).toBe(stream.nodes.reduce((sum, node) => sum + node.memory(), empty));
    }
  });

  it('have groups of which each delivers on its own', () => {
    const group = new ConsumerGroup(FIRST_ID, 0);
    const [one, two] = [group.addConsumer('one', 1), group.addConsumer('two', 2)];
    for (let ms = 1; ms <= 1000; ms++) group.deliver(idOf(ms), ms % 2 === 0 ? two : one, ms);
    const copy = group.clone();
    group.deliver(idOf(7), two, 5000);
    group.deliver(idOf(9), one, 7000);
    group.removePending(group.pending.get(idOf(8))!);
    const copied = copy.consumers.get('one')!;
    copy.deliver(idOf(10), copied, 6000);
    copy.removeConsumer(copy.consumers.get('two')!);

    const told = ({ pending, consumers }: ConsumerGroup) => ({
      sizes: [pending.size, consumers.get('one')?.pending.size, consumers.get('two')?.pending.size],
      some: [7, 8, 9, 10].map((ms) => {
        const entry = pending.get(idOf(ms));
        const own = entry && consumers.get(entry.consumer)!.pending.get(idOf(ms));
        return own && `${own.consumer} ${own.deliveredAt} ${own.deliveries}`;
      }),
    });
    expect(told(group)).toEqual({ sizes: [999, 499, 500], some: ['two 5000 1', undefined, 'one 7000 1', 'two 10 1'] });
    expect(told(copy)).toEqual({
      sizes: [501, 501, undefined],
      some: ['one 7 1', undefined, 'one 9 1', 'one 6000 1'],
    });
  });
});
