import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { Server } from '../../../../src/server/server.js';

const started: Server[] = [];

async function startNode(directives: Record<string, string> = {}): Promise<Server> {
  const server = await Server.start({ directives: { 'cluster-enabled': 'yes', ...directives }, keepsFiles: false });
  started.push(server);
  return server;
}

afterEach(async () => {
  for (const server of started.splice(0)) await server.close();
});

it('a node whose bus has no place serves nobody', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port: busPort } = other.address() as AddressInfo;
  const node = await startNode();
  await expect(node.listen({ port: 0, busPort })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  expect(node.listeners.port).toBe(0);
  other.close();
});

it('the bus of a free port is on a free port', async () => {
  const node = await startNode();
  const { port } = await node.listen({ port: 0 });
  expect(node.cluster!.bus.port).toBeGreaterThan(0);
  expect(node.cluster!.myself).toMatchObject({ port, busPort: node.cluster!.bus.port });
});

it('a bind-source-addr that is none fails the links, not the server', async () => {
  const node = await startNode({ 'bind-source-addr': 'nowhere.invalid' });
  await node.listen({ port: 0 });
  const session = node.session();
  expect(String(session.run('CLUSTER', 'MEET', '127.0.0.1', '1', '2'))).toBe('OK');
  const met = [...node.cluster!.table.nodes.values()].find(({ isMyself }) => !isMyself)!;
  node.cluster!.bus.connect(met);
  expect(met.link).toBeDefined();
  await expect.poll(() => met.link).toBeUndefined();
  expect(node.failure).toBeUndefined();
});
