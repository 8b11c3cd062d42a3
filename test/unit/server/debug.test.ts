import { expect, it } from 'vitest';
import { VerbatimText } from '../../../src/resp/reply.js';
import { Server } from '../../../src/server/server.js';

const settings = { enableDebug: 'yes' } as const;

function textOf(reply: unknown): string {
  expect(reply).toBeInstanceOf(VerbatimText);
  return (reply as VerbatimText).text;
}

it('DEBUG HTSTATS adds up, while a table is resized too', async () => {
  const server = new Server({ settings });
  const session = server.session();
  const figure = (text: string, name: string) =>
    [...text.matchAll(new RegExp(` ${name}: (\\d+)`, 'g'))].map(([, digits]) => Number(digits));
  let resizes = 0;
  for (let count = 1; count <= 500; count++) {
    session.run('SET', `key:${count}`, 'value');
    const text = textOf(session.run('DEBUG', 'HTSTATS', '0'));
    const elements = figure(text.slice(0, text.indexOf('[Expires HT]')), 'number of elements');
    expect(elements.reduce((sum, n) => sum + n, 0)).toBe(count);
    if (text.includes('rehashing target')) resizes++;
    const [slots, longest] = [figure(text, 'different slots')[0]!, figure(text, 'max chain length')[0]!];
    expect(slots * longest).toBeGreaterThanOrEqual(elements[0]!);
  }
  expect(resizes).toBeGreaterThan(0);
  await server.close();
});

it('DEBUG HTSTATS-KEY knows the tables of hashes, sets and sorted sets', async () => {
  const server = new Server({ settings: { ...settings, hashMaxListpackEntries: 1, zsetMaxListpackEntries: 1 } });
  const session = server.session();
  session.run('SADD', 'set', ...members('member'));
  session.run('HSET', 'hash', ...members('field').flatMap((field) => [field, 'value']));
  session.run('ZADD', 'zset', ...members('member').flatMap((member) => ['1', member]));
  for (const key of ['set', 'hash', 'zset']) {
    expect(textOf(session.run('DEBUG', 'HTSTATS-KEY', key))).toContain(' number of elements: 10\n');
  }
  await server.close();

  function members(name: string): string[] {
    return Array.from({ length: 10 }, (_, i) => `${name}:${i}`);
  }
});

it('DEBUG STRINGMATCH-TEST ends', async () => {
  const server = new Server({ settings });
  expect(String(server.session().run('DEBUG', 'STRINGMATCH-TEST'))).toContain('test passed');
  await server.close();
});

it.each(['ASSERT', 'OOM', 'PANIC', 'SEGFAULT'])('DEBUG %s ends the server', async (way) => {
  const lines: string[] = [];
  const server = new Server({ settings, log: (_, line) => lines.push(line) });
  server.session().run('DEBUG', way);
  await server.ended;
  expect(server.failure).toContain(way);
  const log = lines.join('\n');
  expect(log).toContain(way);
  expect(log).toMatch(/STACK TRACE.*crash.*INFO OUTPUT.*used_memory:.*CURRENT CLIENT INFO.*cmd=debug/s);
  expect(log).toContain(way === 'SEGFAULT' ? 'crashed by signal: SIGSEGV' : `crashed by DEBUG ${way}`);
});

it('DEBUG SEGFAULT is not reported where crash-log-enabled is no', async () => {
  const lines: string[] = [];
  const directives = { 'enable-debug-command': 'yes', 'crash-log-enabled': 'no' };
  const server = new Server({ directives, log: (_, line) => lines.push(line) });
  server.session().run('DEBUG', 'SEGFAULT');
  await server.ended;
  expect(lines.join('\n')).not.toContain('STACK TRACE');
});
