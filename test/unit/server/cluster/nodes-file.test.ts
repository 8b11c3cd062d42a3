import { describe, expect, it } from 'vitest';
import { formatNodesFile, NodesFileError, parseNodesFile } from '../../../../src/server/cluster/nodes-file.js';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const C = '0123456789'.repeat(4);
const NOW = 1_600_000_000_000;

/** As redis-server 7.0 has written it. */
const FILE = `${A} 127.0.0.1:7000@17000 myself,master - 0 1600000000000 3 connected 0-5460 8000 [5461-<-${B}] [5460->-${B}]
${B} 127.0.0.1:7001@17001,b.example master - 0 1600000000000 2 disconnected 5461-7999 8001-16383
${C} :0@0 slave,fail,noaddr,nofailover ${A} 1600000000000 1600000000000 3 disconnected
vars currentEpoch 5 lastVoteEpoch 4
`;

describe('the nodes file', () => {
  it('is written as it was read', () => {
    const table = parseNodesFile(FILE, NOW)!;
    const sorted = (text: string) => text.split('\n').map((line) => line.split(' ').sort().join(' '));
    expect(sorted(formatNodesFile(table))).toEqual(sorted(FILE));
  });

  it('tells who has which slots, and who follows whom', () => {
    const table = parseNodesFile(FILE, NOW)!;
    const [a, b, c] = [A, B, C].map((name) => table.find(name)!);
    expect(table.myself).toBe(a);
    expect([table.owners[0], table.owners[8000], table.owners[8001]]).toEqual([a, a, b]);
    expect([a!.slots.size, b!.slots.size]).toEqual([5462, 10_922]);
    expect([c!.primary, a!.replicas]).toEqual([a, [c]]);
    expect([table.importing.get(5461), table.migrating.get(5460)]).toEqual([b, b]);
    expect([table.currentEpoch, table.lastVoteEpoch, c!.configEpoch]).toEqual([5, 4, 0]);
  });

  it('of old has no bus ports', () => {
    const table = parseNodesFile(`${A} 127.0.0.1:7000 myself,master - 0 0 0 connected\n`, NOW)!;
    expect(table.myself.busPort).toBe(17_000);
  });

  it('never has an epoch above the current one', () => {
    const table = parseNodesFile(
      `${A} :7000@17000 myself,master - 0 0 9 connected\nvars currentEpoch 2 lastVoteEpoch 0\n`,
      NOW,
    );
    expect(table!.currentEpoch).toBe(9);
  });

  it.each(['', '\n\n'])('that is empty is none', (text) => {
    expect(parseNodesFile(text, NOW)).toBeUndefined();
  });

  it.each([
    ['no node is this one', `${A} :7000@17000 master - 0 0 0 connected\n`],
    ['a name is too short', 'abc :7000@17000 myself,master - 0 0 0 connected\n'],
    ['fields are missing', `${A} :7000@17000 myself,master - 0 0\n`],
    ['a flag is unknown', `${A} :7000@17000 myself,chief - 0 0 0 connected\n`],
    ['a slot is too high', `${A} :7000@17000 myself,master - 0 0 0 connected 16384\n`],
    ['a port is no number', `${A} :port@17000 myself,master - 0 0 0 connected\n`],
    ['a port is too high', `${A} :70000@7000 myself,master - 0 0 0 connected\n`],
    ['the bus’s port is too high', `${A} :60000 myself,master - 0 0 0 connected\n`],
    ['a value is missing', `${A} :7000@17000 myself,master - 0 0 0 connected\nvars currentEpoch\n`],
    ['a quote is open', `"${A} :7000@17000 myself,master - 0 0 0 connected\n`],
  ])('is refused when %s', (_, text) => {
    expect(() => parseNodesFile(text, NOW)).toThrow(NodesFileError);
  });
});
