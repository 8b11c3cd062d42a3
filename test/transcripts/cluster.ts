import { Server } from '../../src/server/server.js';
import type { Scene } from './run.js';
import { Transcript } from './transcript.js';

/** A cluster of bundled servers, made and changed with redis-cli. */
export const clusterScenes: readonly Scene[] = [
  { title: 'redis-cli --cluster, and a failover', program: 'redis', play: playCluster },
];

const FIRST = 7000;

async function playCluster(title: string): Promise<Transcript> {
  const directives = { 'cluster-enabled': 'yes', 'cluster-node-timeout': '2000', 'repl-diskless-sync-delay': '0' };
  const servers: Server[] = [];
  const ports: number[] = [];
  for (let i = 0; i < 6; i++) {
    const server = await Server.start({ directives, keepsFiles: false });
    servers.push(server);
    ports.push((await server.listen({ port: 0 })).port!);
  }
  // Colours, and the ports of the bus.
  const script = new Transcript(title).show(/\x1b\[[\d;]*m/, '').show(/@\d+/, '');
  for (const [i, port] of ports.entries()) script.show(new RegExp(`\\b${port}\\b`), String(FIRST + i));
  for (const [i, { cluster }] of servers.entries()) script.show(cluster!.myself.name, `<node ${i + 1}>`);
  const addresses = ports.map((port) => `127.0.0.1:${port}`);
  const [first = '', second = ''] = addresses;
  await script.sh(
    `redis-cli --cluster create ${addresses.join(' ')} --cluster-replicas 1 --cluster-yes | grep -v '^$'`,
  );
  await script.run(`until redis-cli -p ${ports[0]} CLUSTER INFO | grep -q cluster_state:ok; do sleep 0.1; done`);
  await script.sh(`redis-cli -c -p ${ports[0]} SET alias:sales ann@example.com`);
  await script.sh(`redis-cli -c -p ${ports[1]} GET alias:sales`);
  const [from, to] = servers.map(({ cluster }) => cluster!.myself.name);
  const reshard = `--cluster-from ${from} --cluster-to ${to} --cluster-slots 100 --cluster-yes`;
  script.note('Slots move while 20 clients write');
  const load = script.run(`redis-benchmark -p ${ports[1]} --cluster -t set -r 100000 -n 200000 -c 20 -q`);
  await script.sh(`redis-cli --cluster reshard ${first} ${reshard} | grep -c '^Moving slot'`);
  const written = (await load).match(/SET: .*requests per second/g)?.at(-1) ?? '';
  await script.sh(`echo '${written}'`, { as: 'redis-benchmark -p 7001 --cluster -t set -r 100000 -n 200000 -c 20 -q' });
  await script.sh(`redis-cli --cluster check ${second} | grep -E 'slots:|OK|agree'`);
  script.note('The first node ends');
  await servers[0]!.close();
  // Without slots behind it: its replica has them.
  await script.run(
    `until redis-cli -p ${ports[1]} CLUSTER NODES | grep -q 'master,fail.*disconnected$'; do sleep 0.1; done`,
  );
  await script.run(`until redis-cli -p ${ports[1]} CLUSTER INFO | grep -q cluster_state:ok; do sleep 0.1; done`);
  await script.sh(`redis-cli -p ${ports[1]} CLUSTER NODES | cut -d' ' -f 1-4,7- | sort -k 2`);
  for (const server of servers.slice(1)) await server.close();
  return script;
}
