import { BasicClientSideCache, createClient } from 'redis';
import type { Contestant, Scenario, Servers } from '../measure.js';
import { contestant, isValue, KEYS, keyOf } from '../peers.js';
import { openBenchStore, single } from '../stores.js';

/** So many keys are asked for again and again: all are kept. */
const HOT = 10_000;
const hotKeyOf = (i: number) => keyOf(i % HOT);

/** Hits that one operation is made of. After them the event loop has a turn, without which no client hears of changes. */
const HITS = 1_000;

function hits(get: (key: string) => Promise<unknown>): (i: number) => Promise<unknown> {
  return async (i) => {
    let answer: unknown;
    for (let n = 0; n < HITS; n++) answer = await get(hotKeyOf(i * HITS + n));
    await turn();
    return answer;
  };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

async function nearStore({ redisPort }: Servers): Promise<Contestant> {
  const store = await openBenchStore(`${single(redisPort)}near-cache.max-entries = ${KEYS}\nnear-cache.ttl = "1h"\n`);
  // The first get has the server asked to tell of changes; what is asked before it has agreed is not kept.
  await untilQuick(() => store.get(hotKeyOf(0)));
  await Promise.all(Array.from({ length: HOT }, (_, i) => store.get(hotKeyOf(i))));
  return await contestant(
    'lookupd',
    hits((key) => store.getText(key)),
    () => store.close(),
    isValue,
  );
}

/** Until it is answered before the event loop has turned. */
async function untilQuick(ask: () => Promise<unknown>): Promise<void> {
  let hasTurned = true;
  while (hasTurned) {
    const turned = turn().then(() => true);
    hasTurned = await Promise.race([ask().then(() => false), turned]);
    await turned;
  }
}

async function nodeRedisWithCache({ redisPort }: Servers): Promise<Contestant> {
  const clientSideCache = new BasicClientSideCache({ maxEntries: KEYS, ttl: 3_600_000 });
  const socket = { port: redisPort, host: '127.0.0.1' };
  const client = await createClient({ RESP: 3, socket, clientSideCache }).connect();
  await Promise.all(Array.from({ length: HOT }, (_, i) => client.get(hotKeyOf(i))));
  const before = clientSideCache.stats().hitCount;
  const made = await contestant(
    'node-redis 5, clientSideCache',
    hits((key) => client.get(key)),
    async () => client.close(),
    isValue,
  );
  if (clientSideCache.stats().hitCount === before) throw new Error('node-redis does not answer from its cache');
  return made;
}

export const nearCacheScenarios: readonly Scenario[] = [
  {
    name: '1,000 near-cache hits of get',
    inFlight: 1,
    atLeast: 8,
    open: async (servers) => ({ ours: await nearStore(servers), peer: await nodeRedisWithCache(servers) }),
  },
];
