import { seededRandom } from '../../../src/core/random.js';
import { Pipeline } from '../../long/pipeline.js';
import type { Subject } from '../server/subject.js';

export const KEYS = 1_000_000;

/** 16 bytes. */
export const keyOf = (i: number) => `key:${String(i).padStart(12, '0')}`;

/** 100 bytes that compress to nothing shorter, and 100 that compress to a few. */
export const mixed = (i: number) => POOL.slice(i % (POOL.length - 100), (i % (POOL.length - 100)) + 100);
export const uniform = () => 'v'.repeat(100);

const POOL = seededRandom(1).bytes(750_000).toString('base64url');

export async function fill({ port }: Subject, valueFor: (i: number) => string = mixed, keys = KEYS): Promise<void> {
  using client = await Pipeline.connect(port);
  await client.run(keys, 1000, (i) => ['SET', keyOf(i), valueFor(i)]);
}
