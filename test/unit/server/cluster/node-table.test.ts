import { beforeEach, describe, expect, it } from 'vitest';
import { ClusterNode, NodeFlag } from '../../../../src/server/cluster/node.js';
import { NodeTable } from '../../../../src/server/cluster/node-table.js';
import { SlotSet } from '../../../../src/server/cluster/slot-set.js';

let table: NodeTable;
let other: ClusterNode;

const node = (letter: string, flags: number) => new ClusterNode(letter.repeat(40), flags, 0);

beforeEach(() => {
  table = new NodeTable(node('a', NodeFlag.myself | NodeFlag.primary));
  other = node('b', NodeFlag.primary);
  table.add(other);
});

describe('slots', () => {
  it('have one owner, until they are released', () => {
    expect([table.assign(7, other), table.assign(7, table.myself)]).toEqual([true, false]);
    expect([table.release(7), table.release(7), other.slots.size]).toEqual([true, false, 0]);
  });

  it('are claimed anew by whoever gets them', () => {
    table.assign(5, other);
    table.unclaimed.add(5);
    table.release(5);
    table.assign(5, table.myself);
    expect(table.isUnclaimed(5)).toBe(false);
  });

  it('are told as runs of one owner', () => {
    for (const slot of [0, 1, 2, 16_383]) table.assign(slot, other);
    table.assign(3, table.myself);
    expect(table.ownedRanges()).toEqual([
      { node: other, range: [0, 2] },
      { node: table.myself, range: [3, 3] },
      { node: other, range: [16_383, 16_383] },
    ]);
    expect(other.slots.ranges()).toEqual([
      [0, 2],
      [16_383, 16_383],
    ]);
  });

  it('that this shard loses are told of, others are not', () => {
    const lost: number[] = [];
    table.whenLost = (slot) => lost.push(slot);
    table.assign(1, table.myself);
    table.assign(2, other);
    table.release(1);
    table.release(2);
    expect(lost).toEqual([1]);
  });

  it('of a node that is removed have no owner, and are on their way no more', () => {
    table.assign(1, other);
    table.importing.set(1, other);
    table.migrating.set(2, other);
    table.remove(other);
    expect([table.owners[1], table.importing.size, table.migrating.size, table.find(other.name)]).toEqual([
      undefined,
      0,
      0,
      undefined,
    ]);
  });

  it('as bits are the same set', () => {
    table.assign(5, other);
    table.assign(16_000, other);
    expect([...SlotSet.from(other.slots.bits)]).toEqual([5, 16_000]);
  });
});

describe('roles', () => {
  it('a replica is its primary’s, and of one only', () => {
    const third = node('c', NodeFlag.primary);
    table.add(third);
    table.makeReplica(third, table.myself);
    table.makeReplica(third, other);
    expect([table.myself.replicas, other.replicas, third.isReplica, third.isPrimary]).toEqual([
      [],
      [third],
      true,
      false,
    ]);
    table.makePrimary(third);
    expect([other.replicas, third.primary, third.isPrimary]).toEqual([[], undefined, true]);
  });

  it('a node that is forgotten is not brought back for a minute', () => {
    table.forget(other, 1000);
    expect([table.isForgotten(other.name, 61_000), table.isForgotten(other.name, 61_001)]).toEqual([true, false]);
  });
});

describe('epochs', () => {
  it('are taken above all others, unless this node has the greatest', () => {
    other.configEpoch = 7;
    table.currentEpoch = 7;
    expect([table.bumpEpoch(), table.myself.configEpoch, table.bumpEpoch()]).toEqual([true, 8, false]);
  });
});

it('reports of a failure count while they are young', () => {
  other.reports.set(table.myself, 100);
  expect([other.countReports(200, 100), other.countReports(201, 100)]).toEqual([1, 0]);
});
