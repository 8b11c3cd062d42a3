/** The same lookup in Fastify, over the same store of lookupd. Called with "embedded" or the port of a Redis. */
import type { AddressInfo } from 'node:net';
import { fastify } from 'fastify';
import { KEYS, keyOf, VALUE } from '../../peers.js';
import { embedded, openBenchStore, single } from '../../stores.js';

const [where = 'embedded'] = process.argv.slice(2);
const store = await openBenchStore(where === 'embedded' ? embedded : single(Number(where)));
if (where === 'embedded') for (let i = 0; i < KEYS; i++) await store.set(keyOf(i), VALUE);

const app = fastify();
app.get<{ Params: { map: string; key: string } }>('/lookup/:map/:key', async (request, reply) => {
  const { map, key } = request.params;
  const value = await store.getText(key);
  if (value !== null) return { map, key, value };
  void reply.code(404).type('application/problem+json');
  return { error: 'not-found' };
});
process.once('SIGINT', () => process.exit());
await app.listen({ port: 0, host: '127.0.0.1' });
process.stdout.write(`${(app.server.address() as AddressInfo).port}\n`);
