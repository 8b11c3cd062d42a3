import { describe, expect, it } from 'vitest';
import type { Reply } from '../../../../src/resp/reply.js';
import { type MemoryFacts, memoryReport } from '../../../../src/server/memory-report.js';
import { Server } from '../../../../src/server/server.js';

const MIB = 1024 * 1024;
const healthy: MemoryFacts = {
  used: 100 * MIB,
  peak: 100 * MIB,
  startup: MIB,
  dataset: 99 * MIB,
  clients: 1000,
  replicas: 0,
  backlog: 0,
  scripts: {
    scripts: 0,
    scriptBytes: 0,
    scriptValues: 0,
    functions: 0,
    libraries: 0,
    functionBytes: 0,
    functionValues: 0,
  },
  held: 104 * MIB,
  engine: 140 * MIB,
  resident: 170 * MIB,
  clientCount: 1,
  replicaCount: 0,
};

describe('MEMORY DOCTOR', () => {
  it.each([
    [{}, "can't find any memory issue"],
    [{ used: MIB }, 'very little memory'],
    [{ peak: 160 * MIB }, '160.0 MiB were used once, 100.0 MiB are now'],
    [{ held: 400 * MIB, engine: 430 * MIB, resident: 450 * MIB }, '300.0 MiB lie free'],
    [{ engine: 400 * MIB, resident: 410 * MIB }, 'JavaScript heap: 296.0 MiB'],
    [{ resident: 500 * MIB }, 'the process holds 500.0 MiB, of which the engine knows 140.0 MiB'],
    [{ clients: 10 * MIB, clientCount: 10 }, '10.0 MiB for 10 clients'],
    [{ replicas: 30 * MIB, replicaCount: 2 }, '30.0 MiB wait for 2 replicas'],
    [{ scripts: { ...healthy.scripts, scripts: 2000, scriptBytes: MIB } }, '2000 are cached, 1.0 MiB'],
  ] as const)('with %o', (changed, told) => {
    expect(memoryReport({ ...healthy, ...changed })).toContain(told);
  });
});

describe('INFO memory', () => {
  it('tells of scripts and functions', async () => {
    const server = await Server.start();
    const session = server.session();
    const figures = () =>
      ['number_of_cached_scripts', 'used_memory_scripts_eval', 'number_of_functions', 'number_of_libraries'].map(
        (name) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(textOf(session.run('INFO', 'memory')))![1]),
      );
    expect(figures()).toEqual([0, 0, 0, 0]);
    const used = server.usedMemory;
    session.run('EVAL', 'return 1', '0');
    session.run('FUNCTION', 'LOAD', '#!lua name=lib\nredis.register_function("f", function() end)');
    expect(server.usedMemory).toBeGreaterThan(used);
    expect(figures()).toEqual([1, expect.any(Number), 1, 1]);
    expect(figures()[1]).toBeGreaterThan('return 1'.length);
    session.run('SCRIPT', 'FLUSH');
    session.run('FUNCTION', 'FLUSH');
    expect(figures()).toEqual([0, 0, 0, 0]);
    await server.close();
  });

  it('knows the most that was used', async () => {
    const server = new Server();
    const session = server.session();
    session.run('SET', 'key', 'x'.repeat(10 * MIB));
    const peak = server.notePeak();
    session.run('DEL', 'key');
    expect(textOf(session.run('INFO', 'memory'))).toContain(`used_memory_peak:${peak}\r\n`);
    await server.close();
  });
});

function textOf(reply: Reply): string {
  return (reply as { readonly text: string }).text;
}
