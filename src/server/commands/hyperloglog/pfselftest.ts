import { type Element, HyperLogLog } from '../../data/hyperloglog.js';
import { CommandError } from '../../errors.js';
import type { CommandDeclaration } from '../command.js';

export const pfselftest: CommandDeclaration = {
  name: 'pfselftest',
  summary: 'An internal command for testing HyperLogLog values',
  since: '2.8.9',
  group: 'hyperloglog',
  complexity: 'N/A',
  system: true,
  arity: 1,
  flags: ['admin'],
  run({ reply, server }) {
    const sparse = HyperLogLog.empty();
    const dense = HyperLogLog.empty();
    dense.toDense();
    const element = seededElement(server.random.bytes(8));
    let added = 0;
    for (let checkpoint = 1; checkpoint <= MOST; checkpoint *= 10) {
      const elements = numbered(element, added + 1, checkpoint);
      sparse.add(elements, server.settings.hllSparseMaxBytes);
      dense.add(numbered(element, added + 1, checkpoint), 0);
      added = checkpoint;
      check(sparse.count(), dense.count(), checkpoint);
    }
    reply.ok();
  },
};

/** A tenth of what Redis tries: the server does nothing else meanwhile. */
const MOST = 1_000_000;
const STANDARD_ERROR = 1.04 / Math.sqrt(16384);

function check(sparse: number, dense: number, expected: number): void {
  if (sparse !== dense) throw new CommandError('ERR TESTFAILED dense/sparse disagree');
  const error = Math.abs(expected - dense);
  // Among ten elements a collision is likely enough to be met.
  const allowed = expected === 10 ? 1 : Math.ceil(STANDARD_ERROR * 6 * expected);
  if (error > allowed) throw new CommandError(`ERR TESTFAILED Too big error. card:${expected} abserr:${error}`);
}

function seededElement(seed: Buffer): Element & { readonly seed: Buffer; readonly bytes: Buffer } {
  return { seed, bytes: Buffer.from(seed), start: 0, length: 8 };
}

function* numbered(element: ReturnType<typeof seededElement>, from: number, to: number): Generator<Element> {
  const low = element.seed.readUInt32LE(0);
  for (let n = from; n <= to; n++) {
    element.bytes.writeUInt32LE((low ^ n) >>> 0, 0);
    yield element;
  }
}
