import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createServer, type Server } from '../../src/server/index.js';
import { ManualClock } from '../../src/testing/clock.js';
import { Haraka } from '../harness/haraka.js';
import { blocksOf } from '../harness/markdown.js';
import { ROOT } from '../harness/pages.js';
import { freePorts } from '../harness/ports.js';
import { requireProgram } from '../harness/programs.js';
import type { SmtpClient } from '../harness/smtp-client.js';

/**
 * A real Haraka with the plugin, set up as docs/haraka.md says, and whole SMTP sessions with it. It loads the package as
 * plain JavaScript by Node's own require().
 */
const page = blocksOf('docs/haraka.md', join(ROOT, 'docs/haraka.md'));
const block = (language: string) => page.find((one) => one.language === language)!.text;

/** Of the page, with the rates small enough to reach, and who may log in. */
function filesFor(storePort: number): Record<string, string> {
  const toml = block('toml')
    .replace('127.0.0.1:6379', `127.0.0.1:${storePort}`)
    .replace('rate = "100/1h"', 'rate = "4/1h"')
    .replace('rate = "500/1d"', 'rate = "3/1d"')
    .replace('key = ["client_address"]', 'key = ["sender_domain"]');
  return {
    'plugins/lookupd.js': block('haraka-js'),
    'config/plugins': `auth/flat_file\n${block('haraka-plugins')}\nqueue/discard\n`,
    'config/lookupd.ini': block('haraka-ini'),
    'config/lookupd.toml': `${toml}\n`,
    'config/auth_flat_file.ini': '[core]\nmethods=PLAIN\n[users]\nann=secret\n',
  };
}

describe.skipIf(!requireProgram('haraka'))('a Haraka with the plugin', () => {
  const clock = new ManualClock();
  let storePort: number;
  let server: Server;
  let haraka: Haraka;

  const startStore = async () => {
    server = await createServer({ clock });
    await server.listen({ port: storePort });
    const fill = server.session();
    for (const user of ['ann', 'bob', 'cho', 'dee']) fill.run('SET', `mailbox:${user}@example.org`, `${user}/`);
  };

  beforeAll(async () => {
    storePort = (await freePorts(1))[0]!;
    await startStore();
    haraka = await Haraka.start(filesFor(storePort));
    expect(haraka.ended, haraka.log).toBe(false);
  });

  afterAll(async () => {
    await haraka?.stop();
    await server?.close();
  });

  async function session<T>(use: (client: SmtpClient) => Promise<T>): Promise<T> {
    const client = await haraka.connect();
    try {
      return await use(client);
    } finally {
      client.close();
    }
  }

  const recipient = (sender: string, to: string) => session((client) => client.recipient(sender, to));

  test.each([
    ['a recipient there is', 'Ann@Example.org', /^250 /],
    ['one with an extension', 'bob+june@example.org', /^250 /],
    ['one there is not', 'nobody@example.org', /^550 5\.1\.1 No such user here/],
    ['one of another domain', 'ann@elsewhere.test', /^550 I cannot deliver mail for <ann@elsewhere\.test>/],
  ])('hears of %s', async (_, to, reply) => {
    expect(await recipient('x@friends.example', to)).toMatch(reply);
  });

  test('takes a whole mail', async () => {
    await session(async (client) => {
      await client.say('MAIL FROM:<x@friends.example>');
      for (const user of ['ann', 'bob']) expect(await client.say(`RCPT TO:<${user}@example.org>`)).toMatch(/^250 /);
      expect(await client.say('DATA')).toMatch(/^354 /);
      expect(await client.say('Subject: hello\r\n\r\nhello\r\n.')).toMatch(/^250 /);
    });
  });

  test('greylists who is not known, takes the mail when it comes again, and tells why', async () => {
    const send = () => recipient('grey@new.test', 'ann@example.org');
    expect(await send()).toMatch(/^450 4\.2\.0 Greylisted, try again in 300 seconds/);
    expect(await send()).toMatch(/^450 4\.2\.0 Greylisted/);
    clock.advance(5 * 60_000);
    expect(await send()).toMatch(/^250 /);
    for (const why of ['seen for the first time', 'too early']) {
      await expect.poll(() => haraka.log).toMatch(new RegExp(`\\[lookupd\\] policy greylist: defer: .*${why}`));
    }
    expect(haraka.log).toMatch(/\[lookupd\] policy inbound: pass: within 4/);
  });

  test('lets a sender send so many mails, each counted once', async () => {
    const mail = () =>
      session(async (client) => {
        await client.say('MAIL FROM:<a@limited.test>');
        return [await client.say('RCPT TO:<ann@example.org>'), await client.say('RCPT TO:<bob@example.org>')];
      });
    expect(await mail()).toEqual([expect.stringMatching(/^450 4\.2\.0/), expect.stringMatching(/^450 4\.2\.0/)]);
    clock.advance(5 * 60_000);
    const taken = [expect.stringMatching(/^250 /), expect.stringMatching(/^250 /)];
    for (let i = 0; i < 4; i++) expect(await mail()).toEqual(taken);
    expect(await mail()).toEqual([
      expect.stringMatching(/^450 4\.7\.1 Too much mail/),
      expect.stringMatching(/^450 4\.7\.1 Too much mail/),
    ]);
  });

  test('counts the recipients of a user at DATA, and asks him nothing at RCPT', async () => {
    const data = (users: readonly string[]) =>
      session(async (client) => {
        const login = Buffer.from('\0ann\0secret').toString('base64');
        expect(await client.say(`AUTH PLAIN ${login}`)).toMatch(/^235 /);
        await client.say('MAIL FROM:<ann@example.org>');
        for (const user of users) expect(await client.say(`RCPT TO:<${user}>`)).toMatch(/^250 /);
        return await client.say('DATA');
      });
    expect(await data(['x@elsewhere.test', 'bob@example.org'])).toMatch(/^354 /);
    expect(await data(['x@elsewhere.test', 'y@elsewhere.test'])).toMatch(/^451 4\.7\.1 Too much mail/);
  });

  test('defers mail while the store is down, and takes it when it is back', async () => {
    await server.close();
    expect(await recipient('x@friends.example', 'ann@example.org')).toMatch(/^450 4\.3\.0 /);
    expect(haraka.log).toMatch(/\[lookupd\] map mailboxes: temporary: store "redis"/);
    await startStore();
    await expect.poll(() => recipient('x@friends.example', 'ann@example.org'), { timeout: 20_000 }).toMatch(/^250 /);
  });
});

describe.skipIf(!requireProgram('haraka'))('a Haraka whose plugin is set up wrong does not start', () => {
  test.each([
    ['an error in the TOML', 'config/lookupd.toml', 'expand =', 'expnad =', 'unknown key "expnad"'],
    ['a map that is not there', 'config/lookupd.ini', 'map = mailboxes', 'map = mailboxs', 'did you mean "mailboxes"?'],
    ['a policy that is not there', 'config/lookupd.ini', 'policies = outbound', 'policies = out', 'no policy "out"'],
    ['a key without meaning', 'config/lookupd.ini', 'domains =', 'domain =', 'did you mean "domains"?'],
    ['a section without meaning', 'config/lookupd.ini', '[data]', '[date]', 'unknown section [date]'],
  ])('%s', async (_, file, right, wrong, message) => {
    const files = filesFor(1);
    const haraka = await Haraka.start({ ...files, [file]: files[file]!.replace(right, wrong) });
    await haraka.stop();
    expect(haraka.log).toContain(message);
  });
});
