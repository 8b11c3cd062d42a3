import { expect, it } from 'vitest';
import { Area } from '../../../../src/resp/area.js';
import { RdbOutput } from '../../../../src/server/persistence/rdb/rdb-output.js';

const VALUE = new Area(Buffer.alloc(60, 'x'));
const WRITTEN = `\x3c${'x'.repeat(60)}`;

// Each new buffer has V8 look for garbage sooner: memory outside of its heap counts as soon as it is there.
it('pieces of a snapshot go to the same few buffers, whether or not something is written ahead of its turn', () => {
  const output = new RdbOutput(false, 64 * 1024);
  const buffers = new Set<ArrayBufferLike>();
  let ahead = '';
  for (let piece = 0; piece < 100; piece++) {
    output.part(VALUE, 0, 60);
    const taken = output.take();
    buffers.add(taken.buffer);
    const expected = `${ahead}${WRITTEN}`;
    ahead = piece % 3 === 0 ? WRITTEN : '';
    if (ahead !== '') output.part(VALUE, 0, 60);
    expect(taken.toString('latin1')).toBe(expected);
    output.reuse();
  }
  expect(buffers.size).toBeLessThanOrEqual(3);
});
