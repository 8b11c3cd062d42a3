import { writeFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { startCluster, startRedis } from '../harness/redis.js';
import { compare, type Effort, type Result, type Servers } from './measure.js';
import { ioredisCluster, KEYS, keyOf, VALUE } from './peers.js';
import { machine, table } from './report.js';
import { scenarios } from './scenarios/index.js';

const HEAD = `# Benchmarks

Store operations of lookupd beside the clients that are usually taken for them, on the same Redis in the same
run: \`npm run bench -- --write\` (the daemon under load: [benchmarks-daemon.md](benchmarks-daemon.md)). Each row is the median over interleaved pairs; the ratio's range shows how
noisy the machine was. lookupd runs as configured by default: deadline, retries, breaker and metrics on.
`;

async function fill(redis: Redis | ReturnType<typeof ioredisCluster>): Promise<void> {
  for (let from = 0; from < KEYS; from += 1000) {
    await Promise.all(Array.from({ length: 1000 }, (_, i) => redis.set(keyOf(from + i), VALUE)));
  }
}

/** Store operations of lookupd beside its peers, on real redis-servers started for it. */
export async function benchStores(
  wanted: (name: string) => boolean,
  effort: Effort & { readonly write: boolean },
): Promise<void> {
  const redis = await startRedis();
  const clusterWanted = scenarios.some(({ name }) => wanted(name) && name.includes('cluster'));
  const cluster = clusterWanted ? await startCluster() : undefined;
  try {
    const filler = new Redis(redis.port, { enableAutoPipelining: true });
    await fill(filler);
    await filler.quit();
    const servers: Servers = {
      redisPort: redis.port,
      redisSocket: redis.path,
      clusterPorts: cluster?.nodes.slice(0, 3).map((node) => node.port) ?? [],
    };
    if (cluster) {
      const client = ioredisCluster(servers.clusterPorts);
      await fill(client);
      await client.quit();
    }
    const results: Result[] = [];
    for (const scenario of scenarios.filter(({ name }) => wanted(name))) {
      const result = await compare(scenario, servers, effort);
      results.push(result);
      console.log(table([result]).split('\n')[2]);
    }
    const text = `${machine()}; ${effort.pairs} pairs of ${effort.ms} ms a side, interleaved\n\n${table(results)}\n`;
    console.log(`\n${text}`);
    if (effort.write) writeFileSync('docs/benchmarks.md', `${HEAD}\n${text}`);
  } finally {
    await cluster?.stop();
    await redis.stop();
  }
}
