import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Server } from '../../src/server/server.js';
import { freePorts } from '../harness/ports.js';
import { requireProgram } from '../harness/programs.js';
import { parseLine, RawClient } from '../harness/raw-client.js';
import { type RedisServer, startRedis } from '../harness/redis.js';
import { unordered } from '../harness/twin-compare.js';
import { until } from '../harness/until.js';

/**
 * One node of a cluster, ours and a real one: replies are the same, names of nodes and ports apart. `$me` in a command is
 * the node's own name. Each case begins with all slots served and no keys, unless it says `RESET`.
 */
const NOBODY = 'f'.repeat(40);

const cases: Readonly<Record<string, readonly string[]>> = {
  'what it tells of itself': [
    'CLUSTER INFO',
    'CLUSTER MYID',
    'CLUSTER NODES',
    'CLUSTER SLOTS',
    'CLUSTER SHARDS',
    'CLUSTER LINKS',
    'CLUSTER REPLICAS $me',
    'CLUSTER SLAVES $me',
    'CLUSTER COUNT-FAILURE-REPORTS $me',
    'INFO cluster',
    'HELLO',
    'CLUSTER HELP',
    'CONFIG GET cluster-enabled',
    'CONFIG GET databases',
  ],
  'slots of keys': [
    'CLUSTER KEYSLOT foo',
    'CLUSTER KEYSLOT {user}.name',
    'CLUSTER KEYSLOT {}{foo}',
    'CLUSTER KEYSLOT ""',
  ],
  'keys of slots': [
    'SET {a}1 x',
    'CLUSTER GETKEYSINSLOT 15495 1',
    'SET {a}2 x',
    'HSET {a}3 f v',
    'CLUSTER COUNTKEYSINSLOT 15495',
    'CLUSTER GETKEYSINSLOT 15495 10',
    'CLUSTER GETKEYSINSLOT 15495 0',
    'CLUSTER GETKEYSINSLOT 15495 -1',
    'CLUSTER GETKEYSINSLOT 16384 1',
    'CLUSTER GETKEYSINSLOT x 1',
    'CLUSTER COUNTKEYSINSLOT 16384',
    'CLUSTER COUNTKEYSINSLOT -1',
    'CLUSTER COUNTKEYSINSLOT x',
    'DEL {a}1 {a}2 {a}3',
    'CLUSTER COUNTKEYSINSLOT 15495',
    'CLUSTER GETKEYSINSLOT 15495 10',
  ],
  'keys of several slots': [
    'MSET a 1 b 2',
    'MSET {x}a 1 {x}b 2',
    'MGET {x}a {x}b',
    'MGET a b',
    'DEL a b',
    'EVAL "return 1" 2 a b',
    'EVAL "return redis.call(\'GET\', KEYS[1])" 1 {x}a',
    "EVAL \"return redis.call('GET', 'b')\" 1 a",
    "EVAL \"#!lua\\nreturn redis.call('GET', 'b')\" 1 a",
    "EVAL \"#!lua\\nredis.call('GET', 'a') return redis.call('GET', 'b')\" 0",
    "EVAL \"#!lua flags=allow-cross-slot-keys\\nredis.call('GET', 'a') return redis.call('GET', 'b')\" 0",
    'EVAL "#!lua flags=no-cluster\\nreturn 1" 0',
    "EVAL \"return redis.call('MGET', 'a', 'b')\" 0",
    'SORT l BY w_*',
    'SORT l BY nosort',
    'SORT l GET #',
    'XREAD STREAMS a b 0 0',
    'SSUBSCRIBE a b',
    'LMPOP 2 a b LEFT',
    'PFCOUNT a b',
  ],
  transactions: [
    'MULTI',
    'SET a 1',
    'SET b 1',
    'EXEC',
    'GET a',
    'MULTI',
    'SET a 1',
    'MGET a b',
    'EXEC',
    'EXEC',
    'MULTI',
    'PING',
    'EXEC',
    'WATCH a b',
    'WATCH a',
    'UNWATCH',
  ],
  'what there is not': [
    'SELECT 0',
    'SELECT 1',
    'SELECT 100',
    'SELECT x',
    'SWAPDB 0 1',
    'MOVE a 1',
    'COPY a {a}b DB 1',
    'COPY a {a}b DB 0',
    'REPLICAOF localhost 1',
    'REPLICAOF NO ONE',
    'FAILOVER',
    'FAILOVER ABORT',
  ],
  'slots that change hands': [
    'CLUSTER DELSLOTS 1 2',
    'CLUSTER DELSLOTS 1',
    'CLUSTER DELSLOTS 3 3',
    'CLUSTER ADDSLOTS 1 1',
    'CLUSTER ADDSLOTS 1 x',
    'CLUSTER ADDSLOTS 16384',
    'CLUSTER ADDSLOTS -1',
    'CLUSTER ADDSLOTS 3',
    'CLUSTER ADDSLOTS 1 2',
    'CLUSTER DELSLOTSRANGE 5 10 20 30',
    'CLUSTER DELSLOTSRANGE 4 5',
    'CLUSTER ADDSLOTSRANGE 5 10 9 11',
    'CLUSTER ADDSLOTSRANGE 10 5',
    'CLUSTER ADDSLOTSRANGE 5',
    'CLUSTER ADDSLOTSRANGE 5 10 20',
    'CLUSTER ADDSLOTSRANGE 5 x',
    'CLUSTER NODES',
    'CLUSTER SLOTS',
    'CLUSTER ADDSLOTSRANGE 5 10 20 30',
  ],
  'slots without an owner': [
    'SET foo bar',
    'CLUSTER SETSLOT 12182 STABLE',
    'CLUSTER DELSLOTS 866',
    'GET foo',
    'GET hello',
    'MGET hello foo',
    'SSUBSCRIBE hello',
    'SPUBLISH hello x',
    'CLUSTER ADDSLOTS 866',
  ],
  'steps of a move': [
    'CLUSTER SETSLOT 1 MIGRATING $me',
    'CLUSTER SETSLOT 1 IMPORTING $me',
    `CLUSTER SETSLOT 1 MIGRATING ${NOBODY}`,
    'CLUSTER SETSLOT 12182 MIGRATING $me',
    'CLUSTER NODES',
    'SET foo bar',
    'MGET foo foo{foo}',
    'GET foo',
    'CLUSTER SETSLOT 12182 STABLE',
    'CLUSTER SETSLOT 1 NODE $me',
    `CLUSTER SETSLOT 1 NODE ${NOBODY}`,
    'CLUSTER SETSLOT 1 NODE',
    'CLUSTER SETSLOT 1 WHATEVER x',
    'CLUSTER SETSLOT x STABLE',
    'CLUSTER SETSLOT 1 STABLE x',
    'CLUSTER SETSLOT 12182 MIGRATING $me',
    'CLUSTER SETSLOT 12182 NODE $me',
    'CLUSTER SETSLOT 12182 STABLE',
  ],
  'other nodes': [
    'CLUSTER MEET nowhere 7000',
    'CLUSTER MEET 127.0.0.1 x',
    'CLUSTER MEET 127.0.0.1 7000 x',
    'CLUSTER MEET 127.0.0.1 0',
    'CLUSTER MEET 127.0.0.1 65536',
    'CLUSTER MEET 127.0.0.1 60000',
    'CLUSTER MEET 127.0.0.1 7000 1 2',
    'CLUSTER MEET 127.0.0.1',
    'CLUSTER FORGET $me',
    `CLUSTER FORGET ${NOBODY}`,
    'CLUSTER FORGET short',
    'CLUSTER REPLICATE $me',
    `CLUSTER REPLICATE ${NOBODY}`,
    `CLUSTER REPLICAS ${NOBODY}`,
    `CLUSTER COUNT-FAILURE-REPORTS ${NOBODY}`,
    'CLUSTER FAILOVER',
    'CLUSTER FAILOVER FORCE',
    'CLUSTER FAILOVER NOW',
    'CLUSTER FAILOVER FORCE x',
  ],
  modes: [
    'ASKING',
    'READONLY',
    'CLIENT INFO',
    'READWRITE',
    'GET a',
    'RESET',
    'ASKING x',
    'CLUSTER',
    'CLUSTER NOPE',
    'CLUSTER MYID x',
    'CLUSTER SAVECONFIG',
  ],
  epochs: [
    'CLUSTER SET-CONFIG-EPOCH -1',
    'CLUSTER SET-CONFIG-EPOCH x',
    'CLUSTER RESET HARD',
    'CLUSTER SET-CONFIG-EPOCH 5',
    'CLUSTER SET-CONFIG-EPOCH 6',
    'CLUSTER BUMPEPOCH',
    'CLUSTER INFO',
    'CLUSTER RESET HARD',
    'CLUSTER BUMPEPOCH',
    'CLUSTER BUMPEPOCH',
    'CLUSTER INFO',
    'CLUSTER RESET HARD',
  ],
  'an end of it': [
    'SET a 1',
    'CLUSTER RESET',
    'CLUSTER FLUSHSLOTS',
    'FLUSHALL',
    'CLUSTER RESET x',
    'CLUSTER RESET SOFT x',
    'CLUSTER FLUSHSLOTS',
    'CLUSTER NODES',
    'CLUSTER SHARDS',
    'GET a',
    'CLUSTER RESET',
  ],
};

describe.skipIf(!requireProgram('redis'))('a node of a cluster, as real Redis', () => {
  let real: RedisServer;
  let ours: Server;
  let ports: readonly [real: number, ours: number];

  beforeAll(async () => {
    const [busPort = 0] = await freePorts(1);
    const directives = { 'cluster-enabled': 'yes', 'cluster-node-timeout': '500' };
    real = await startRedis({ directives: { ...directives, 'cluster-port': String(busPort) } });
    ours = new Server({ directives, keepsFiles: false });
    const { port = 0 } = await ours.listen({ port: 0, busPort: 0 });
    ports = [real.port, port];
  });
  afterAll(async () => {
    await ours?.close();
    await real?.stop();
  });

  describe.each([2, 3] as const)('RESP%i', (protocol) => {
    it.each(Object.entries(cases))('%s', async (_, steps) => {
      const sides = await Promise.all(ports.map((port) => Side.open(port, protocol)));
      try {
        for (const step of steps) {
          const [expected, actual] = await Promise.all(sides.map((side) => side.run(step)));
          expect(actual, step).toEqual(expected);
        }
      } finally {
        await Promise.all(sides.map((side) => side.restore()));
        for (const side of sides) side.close();
      }
    });
  });
});

class Side {
  private constructor(
    private readonly client: RawClient,
    private readonly control: RawClient,
    private me: string,
  ) {}

  static async open(port: number, protocol: 2 | 3): Promise<Side> {
    const [client, control] = [await RawClient.connect(port, protocol), await RawClient.connect(port)];
    const side = new Side(client, control, await myName(control));
    await side.serve();
    return side;
  }

  async run(step: string): Promise<string> {
    const reply = await this.client.ask(parseLine(step.replaceAll('$me', this.me)));
    if (step.startsWith('CLUSTER RESET')) this.me = await myName(this.control);
    if (step.startsWith('CLUSTER GETKEYSINSLOT')) return unordered(reply);
    return this.masked(reply.toString('latin1'));
  }

  /** All slots are served, and nothing is left. */
  async serve(): Promise<void> {
    await this.control.ask(['FLUSHALL']);
    const info = async () => (await this.control.ask(['CLUSTER', 'INFO'])).toString();
    if (!/slots_assigned:16384.*known_nodes:1\r/s.test(await info())) {
      await this.control.ask(['CLUSTER', 'RESET', 'SOFT']);
      await this.control.ask(['CLUSTER', 'ADDSLOTSRANGE', '0', '16383']);
    }
    const isServed = async () => (await info()).includes('cluster_state:ok');
    await until(isServed, 'the cluster works');
  }

  async restore(): Promise<void> {
    await this.control.ask(['FLUSHALL']);
  }

  close(): void {
    this.client.close();
    this.control.close();
  }

  /** What differs from server to server: its name, where it is, and how far its stream is. */
  private masked(text: string): string {
    return text
      .replaceAll(this.me, '<me>')
      .replace(/[$=]\d+\r\n(?:txt:)?(?=<me> :|cluster_state|id=)/g, '<length>')
      .replace(/:\d+@\d+/g, ':<port>@<bus port>')
      .replace(/(\r\nport\r\n):\d+/g, '$1:<port>')
      .replace(/(\$0\r\n\r\n):\d+(?=\r\n\$40)/g, '$1:<port>')
      .replace(/(\r\nid\r\n):\d+/g, '$1:<id>')
      .replace(/id=\d+ .* flags=(\S+) .*/g, 'flags=$1');
  }
}

async function myName(client: RawClient): Promise<string> {
  return (await client.ask(['CLUSTER', 'MYID'])).toString('latin1').split('\r\n')[1]!;
}
