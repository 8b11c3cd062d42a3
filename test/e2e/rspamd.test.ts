import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createServer, type Server } from '../../src/server/index.js';
import { openConfigured } from '../../src/stores/factory.js';
import { TestDaemon } from '../harness/daemon.js';
import { blocksOf } from '../harness/markdown.js';
import { ROOT } from '../harness/pages.js';
import { requireProgram } from '../harness/programs.js';
import { Rspamd } from '../harness/rspamd.js';

/** A real rspamd, set up as docs/rspamd.md says: its rule asks over HTTP, its multimap asks a store as a Redis. */
describe.skipIf(!requireProgram('rspamd'))('rspamd at the daemon', () => {
  const page = blocksOf('docs/rspamd.md', join(ROOT, 'docs/rspamd.md'));
  const block = (language: string) => page.find((one) => one.language === language)!.text;
  let server: Server;
  let daemon: TestDaemon;
  let rspamd: Rspamd;

  beforeAll(async () => {
    server = await createServer();
    const { port = 0 } = await server.listen({ port: 0 });
    server.session().run('HSET', 'rspamd/listed', 'seller@example.com', '');
    const toml = block('toml').replace('6379', String(port)).replace('127.0.0.1:6380', '127.0.0.1:0');
    daemon = await TestDaemon.start(
      `${toml}
[lookup.vip]
"*@partner.example" = "partner"
"odd+&%*@x.test" = "partner"
[map.vip]
sources = ["vip", "redis"]
key = "vip:%s"
[server.listener.http]
protocol = "http"
bind = "127.0.0.1:0"
`,
      { openStore: (config) => openConfigured(config) },
    );
    rspamd = await Rspamd.start(block('rspamd').replace('6380', String(daemon.port('rspamd'))), {
      modules: ['multimap'],
      lua: block('lua').replace('8080', String(daemon.port('http'))),
      messages: { note: 'nothing in it' },
    });
  });

  afterAll(async () => {
    await rspamd?.stop();
    await daemon?.stop();
    await server?.close();
  });

  const symbols = async (from: string) => (await rspamd.scan('note', from, 'ann@example.org')).symbols;

  test.each([
    ['a partner', 'any@partner.example', ['PARTNER']],
    ['a key that has to be encoded', 'odd+&%x@x.test', ['PARTNER']],
    ['a sender in a hash of the store', 'seller@example.com', ['LISTED']],
    ['nobody', 'nobody@example.net', []],
  ])('%s', async (_, from, expected) => {
    expect(await symbols(from)).toEqual(expected);
  });

  test('an answer that is not known is told apart', async () => {
    expect(rspamd.log).not.toContain('the answer is not known');
    await server.close();
    expect(await symbols('nobody@example.net')).toEqual([]);
    await expect.poll(() => rspamd.log).toMatch(/the answer is not known: (503|IO timeout)/);
  });
});
