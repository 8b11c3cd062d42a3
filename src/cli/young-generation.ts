import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/**
 * Keeps V8's young generation at the size it has, for a server that has just been loaded: two halves of 8 MiB.
 * Left alone it doubles under load, which takes 16 MiB more of memory and makes no command faster, as measured;
 * halves of 1 MiB, on the other hand, make GET a fifth slower, so that one which is still small may grow.
 */
export function keepYoungGeneration(): void {
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  if ((young?.space_size ?? 0) >= ENOUGH) setFlagsFromString('--semi-space-growth-factor=1');
}

const ENOUGH = 8 * 1024 * 1024;
