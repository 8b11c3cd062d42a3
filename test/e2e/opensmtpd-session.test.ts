import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createServer, type Server } from '../../src/server/index.js';
import { openConfigured } from '../../src/stores/factory.js';
import { TestDaemon } from '../harness/daemon.js';
import type { TemporaryFolder } from '../harness/folder.js';
import { blocksOf } from '../harness/markdown.js';
import { mayRunOpenSmtpd, OpenSmtpd, openSmtpdRoot } from '../harness/opensmtpd.js';
import { ROOT } from '../harness/pages.js';
import { freePorts } from '../harness/ports.js';
import { requireProgram } from '../harness/programs.js';

/**
 * SMTP sessions with Debian's OpenSMTPD, whose table-socketmap asks a `line` listener, set up as docs/opensmtpd.md
 * says.
 */
describe.skipIf(!requireProgram('opensmtpd') || !mayRunOpenSmtpd)('an OpenSMTPD that asks the daemon', () => {
  const page = blocksOf('docs/opensmtpd.md', join(ROOT, 'docs/opensmtpd.md'));
  const block = (language: string) => page.find((one) => one.language === language)!.text;
  let root: TemporaryFolder;
  let storePort: number;
  let server: Server;
  let daemon: TestDaemon;
  let smtpd: OpenSmtpd;

  const startStore = async () => {
    server = await createServer();
    await server.listen({ port: storePort });
    server.session().run('SET', 'alias:sales@example.com', 'vmail');
  };

  const start = () => OpenSmtpd.start(root, block('smtpd-6'));

  beforeAll(async () => {
    root = openSmtpdRoot();
    storePort = (await freePorts(1))[0]!;
    await startStore();
    const toml = block('toml')
      .replace('127.0.0.1:6379"', `127.0.0.1:${storePort}"\ntimeout = "2s"\nretry.total = 0\nbreaker.failures = 0`)
      .replace('/run/lookupd', root.file('run/lookupd'))
      .replace('mode = "0660"\ngroup = "opensmtpd"', 'mode = "0666"');
    daemon = await TestDaemon.start(toml, { openStore: (config) => openConfigured(config) });
    smtpd = await start();
    expect(smtpd.ended, smtpd.log).toBe(false);
  });

  afterAll(async () => {
    await smtpd?.stop();
    await daemon?.stop();
    await server?.close();
    root?.[Symbol.dispose]();
  });

  async function recipient(to: string): Promise<string> {
    const client = await smtpd.connect();
    const reply = await client.recipient('x@y.test', to);
    client.close();
    return reply;
  }

  test.each([
    ['a recipient whom an alias names', 'Sales@Example.com', /^250 2\.1\.5 /],
    ['one whom none names', 'nobody@example.com', /^524 5\.2\.4 /],
    ['one of another domain', 'sales@elsewhere.test', /^550 /],
  ])('hears of %s', async (_, to, reply) => {
    expect(await recipient(to)).toMatch(reply);
  });

  test('defers mail while the store is down, and takes it when it is back', async () => {
    await server.close();
    expect(await recipient('sales@example.com')).toMatch(/^424 4\.2\.4 /);
    await startStore();
    await expect.poll(() => recipient('sales@example.com'), { timeout: 20_000 }).toMatch(/^250 /);
  });

  test('ends at its start where nobody listens, as the page warns', async () => {
    await smtpd.stop();
    await daemon.stop();
    smtpd = await start();
    await expect.poll(() => smtpd.ended, { timeout: 20_000 }).toBe(true);
    expect(smtpd.log).toContain('error connecting to /run/lookupd/opensmtpd.sock');
  });
});
