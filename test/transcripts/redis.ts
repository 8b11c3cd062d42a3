import { join } from 'node:path';
import { Server } from '../../src/server/server.js';
import { temporaryFolder } from '../harness/folder.js';
import { startRedis } from '../harness/redis.js';
import type { Scene } from './run.js';
import { stopping } from './stopping.js';
import { Transcript } from './transcript.js';

/** The bundled server with Redis's own programs, and with a redis-server. */
export const redisScenes: readonly Scene[] = [
  { title: 'redis-cli at the bundled server', program: 'redis', play: playRedisCli },
  {
    title: 'redis-check-rdb, redis-check-aof, and a redis-server on the same files',
    program: 'redis',
    play: playFiles,
  },
  {
    title: 'A redis-server as replica of the bundled server, and the other way round',
    program: 'redis',
    play: playReplicas,
  },
];

const OURS = '6379';
const REAL = '6380';

async function startOurs(directives: Readonly<Record<string, string>> = {}): Promise<{ server: Server; port: number }> {
  const keepsFiles = directives['dir'] !== undefined;
  const server = await Server.start({ directives: { 'enable-debug-command': 'yes', ...directives }, keepsFiles });
  const { port = 0 } = await server.listen({ port: 0 });
  return { server, port };
}

async function playRedisCli(title: string): Promise<Transcript> {
  const { server, port } = await startOurs();
  const script = new Transcript(title).show(` -p ${port}`, '').show(/Sampled \d+ keys[^\n]*/, 'Sampled …');
  const cli = `redis-cli -p ${port}`;
  for (const words of [
    'SET alias:sales@example.com ann@example.com EX 3600',
    'TTL alias:sales@example.com',
    'HSET mailbox:ann home /srv/mail/ann quota 5000',
    'HGETALL mailbox:ann',
    'HEXPIRE mailbox:ann 60 FIELDS 1 quota',
    'XADD deliveries 1-1 from x@example.net to ann',
    'XRANGE deliveries - +',
    'GEOADD offices 13.361389 38.115556 Palermo 15.087269 37.502669 Catania',
    'GEODIST offices Palermo Catania km',
    'EVAL "return redis.call(\'INCRBY\', KEYS[1], ARGV[1])" 1 sent:ann 3',
    'OBJECT ENCODING mailbox:ann',
  ]) {
    await script.sh(`${cli} ${words}`);
  }
  await script.sh(`${cli} INCR mailbox:ann`, { exit: 1 });
  await script.sh(`${cli} ACL WHOAMI`);
  await script.sh(`${cli} INFO server | grep -E "^(redis_version|redis_mode|lookupd)"`);
  await script.sh(`printf 'SET a 1\\r\\nSET b 2\\r\\n' | ${cli} --pipe`);
  await script.sh(`${cli} --scan --pattern 'alias:*'`);
  await script.sh(`${cli} --bigkeys | grep -E 'Biggest|keys with'`);
  await server.close();
  return script;
}

async function playFiles(title: string): Promise<Transcript> {
  using folder = temporaryFolder();
  const { server, port } = await startOurs({ dir: folder.path, appendonly: 'yes' });
  const script = new Transcript(title).show(` -p ${port}`, ` -p ${OURS}`).show(`${folder.path}/`, '');
  await script.sh(`redis-cli -p ${port} EVAL "for i = 1, 1000 do redis.call('SET', 'key:'..i, i) end" 0`);
  await script.sh(`redis-cli -p ${port} XADD stream 1-1 field value`);
  await script.sh(`redis-cli -p ${port} ZADD zset 1.5 a 2 b`);
  await script.sh(`redis-cli -p ${port} SAVE`);
  await script.sh(`redis-check-rdb ${join(folder.path, 'dump.rdb')} | grep -v AUX`);
  await script.sh(`redis-check-aof ${join(folder.path, 'appendonlydir/appendonly.aof.manifest')} | grep -v AUX`);
  const keys = await script.sh(`redis-cli -p ${port} DBSIZE`);
  const digest = await script.sh(`redis-cli -p ${port} DEBUG DIGEST`);
  await server.close();
  script.note('A redis-server on the same folder');
  const directives = { dir: folder.path, appendonly: 'yes', 'enable-debug-command': 'yes' };
  await using real = stopping(await startRedis({ directives }));
  script.show(` -p ${real.port}`, ` -p ${REAL}`);
  await script.sh(`redis-cli -p ${real.port} DBSIZE`, { prints: keys });
  await script.sh(`redis-cli -p ${real.port} DEBUG DIGEST`, { prints: digest });
  return script;
}

async function playReplicas(title: string): Promise<Transcript> {
  const { server, port } = await startOurs({ 'repl-diskless-sync-delay': '0' });
  const directives = { 'enable-debug-command': 'yes', 'repl-diskless-sync-delay': '0' };
  await using real = stopping(await startRedis({ directives }));
  const script = new Transcript(title)
    .show(new RegExp(`\\b${port}\\b`), OURS)
    .show(new RegExp(`\\b${real.port}\\b`), REAL);
  const [ours, theirs] = [`redis-cli -p ${port}`, `redis-cli -p ${real.port}`];
  script.note(`The bundled server listens on ${OURS}, a redis-server on ${REAL}`);
  await script.sh(
    `redis-benchmark -p ${port} -n 100000 -r 10000 -P 16 -q -t set,lpush,sadd >/dev/null && ${ours} DBSIZE`,
  );
  await follow(script, theirs, port, ours);
  await script.sh(`${theirs} REPLICAOF NO ONE`);
  await script.sh(`${theirs} INCR after`);
  await follow(script, ours, real.port, theirs);
  await server.close();
  return script;
}

async function follow(script: Transcript, replica: string, port: number, primary: string): Promise<void> {
  await script.sh(`${replica} REPLICAOF 127.0.0.1 ${port}`);
  await script.run(`until ${replica} INFO replication | grep -q master_link_status:up; do sleep 0.1; done`);
  await script.sh(`${primary} SET written now`);
  await script.sh(`${primary} WAIT 1 5000`, { prints: '1' });
  await script.sh(`${replica} ROLE`);
  const digest = await script.sh(`${primary} DEBUG DIGEST`);
  await script.sh(`${replica} DEBUG DIGEST`, { prints: digest });
}
