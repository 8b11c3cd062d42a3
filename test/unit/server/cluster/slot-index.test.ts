import { expect, it } from 'vitest';
import { slotOf } from '../../../../src/resp/key-slot.js';
import { Server } from '../../../../src/server/server.js';

it('keys are found by their slot through every change of them', async () => {
  const server = new Server({ directives: { 'cluster-enabled': 'yes' }, keepsFiles: false });
  try {
    await server.start();
    const session = server.session();
    session.run('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    server.cluster!.health.begin();
    const slot = slotOf('{t}');
    const keys = () => server.keyspace.databases[0]!.keysInSlot(slot, 100).sort();
    for (const key of ['{t}1', '{t}2', '{t}3']) session.run('SET', key, 'x');
    session.run('SET', 'elsewhere', 'x');
    expect(keys()).toEqual(['{t}1', '{t}2', '{t}3']);
    session.run('SET', '{t}1', 'x'.repeat(100_000));
    session.run('APPEND', '{t}2', 'y'.repeat(1000));
    session.run('DEL', '{t}3');
    session.run('LPUSH', '{t}4', 'a', 'b');
    session.run('RENAME', '{t}4', '{t}5');
    session.run('SET', '{t}5', 'now a string');
    expect(keys()).toEqual(['{t}1', '{t}2', '{t}5']);
    expect(server.keyspace.databases[0]!.keysInSlot(slot, 2)).toHaveLength(2);
    expect(server.keyspace.countInSlot(slot)).toBe(3);
    session.run('FLUSHALL');
    expect(server.keyspace.countInSlot(slot)).toBe(0);
  } finally {
    await server.close();
  }
});
