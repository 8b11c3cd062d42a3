import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createServer, type Server } from '../../src/server/index.js';
import { openConfigured } from '../../src/stores/factory.js';
import { ManualClock } from '../../src/testing/clock.js';
import { TestDaemon } from '../harness/daemon.js';
import { freePorts } from '../harness/ports.js';
import { mayRunPostfix, Postfix } from '../harness/postfix.js';
import { requireProgram } from '../harness/programs.js';

/**
 * Whole SMTP sessions with a real Postfix whose recipients, aliases and policies the daemon knows, from a store that
 * is there, and that goes away and comes back.
 */
describe.skipIf(!requireProgram('postfix') || !mayRunPostfix)('a Postfix that asks the daemon', () => {
  const clock = new ManualClock();
  let storePort: number;
  let server: Server;
  let daemon: TestDaemon;
  let postfix: Postfix;

  const startStore = async () => {
    server = await createServer({ clock });
    await server.listen({ port: storePort });
    const fill = server.session();
    for (const user of ['ann', 'bob']) fill.run('SET', `mailbox:${user}@example.org`, `${user}/`);
    fill.run('SET', 'alias:sales@example.org', 'ann@example.org, bob@example.org');
  };

  beforeAll(async () => {
    storePort = (await freePorts(1))[0]!;
    await startStore();
    daemon = await TestDaemon.start(
      `
[store.redis]
type = "redis"
url = "redis://127.0.0.1:${storePort}"
timeout = "2s"
[store.redis.retry]
total = 0
[store.redis.breaker]
failures = 0
[map.mailboxes]
store = "redis"
key = "mailbox:%s"
fold-case = true
[map.aliases]
store = "redis"
key = "alias:%s"
expand = ["full", "no-extension"]
[lookup.domains]
"example.org" = true
[map.domains]
lookup = "domains"
[lookup.friends]
"*@friends.test" = true
"*.friends.test" = true
[map.friends]
lookup = "friends"
[policy.friends]
type = "allow"
key = "sender"
map = "friends"
[policy.greylist]
type = "greylist"
[policy.greylist-closed]
type = "greylist"
on-error = "defer"
[policy.inbound]
type = "rate-limit"
key = "sender_domain"
rate = "3/1h"
[policy.recipients]
type = "rate-limit"
key = "sender_domain"
rate = "5/1h"
count = "recipients"
action = "reject"
text = "Too many recipients"
[server.listener.socketmap]
protocol = "socketmap"
bind = "127.0.0.1:0"
[server.listener.policy]
protocol = "policy"
bind = "127.0.0.1:0"
policies = ["friends", "greylist", "inbound"]
[server.listener.data]
protocol = "policy"
bind = "127.0.0.1:0"
policies = ["recipients"]
[server.listener.closed]
protocol = "policy"
bind = "127.0.0.1:0"
policies = ["greylist-closed"]
`,
      { openStore: (config) => openConfigured(config) },
    );
    const map = (name: string) => `socketmap:inet:127.0.0.1:${daemon.port('socketmap')}:${name}`;
    postfix = await Postfix.start(`
virtual_mailbox_domains = ${map('domains')}
virtual_mailbox_maps = ${map('mailboxes')}
virtual_alias_maps = ${map('aliases')}
smtpd_recipient_restrictions =
  reject_unauth_destination,
  check_sender_access inline:{{closed.test=closed}},
  reject_unlisted_recipient,
  check_policy_service inet:127.0.0.1:${daemon.port('policy')}
smtpd_restriction_classes = closed
closed = check_policy_service inet:127.0.0.1:${daemon.port('closed')}, permit
smtpd_data_restrictions = check_policy_service inet:127.0.0.1:${daemon.port('data')}`);
  });

  afterAll(async () => {
    postfix?.stop();
    await daemon?.stop();
    await server?.close();
  });

  test('takes mail for recipients there are, and no other', async () => {
    const client = await postfix.connect();
    expect(await client.recipient('x@friends.test', 'Ann@Example.org')).toMatch(/^250 /);
    expect(await client.recipient('x@friends.test', 'sales+june@example.org')).toMatch(/^250 /);
    expect(await client.recipient('x@friends.test', 'nobody@example.org')).toMatch(/^550 5\.1\.1 .*unknown/);
    expect(await client.recipient('x@friends.test', 'ann@elsewhere.test')).toMatch(/^454 4\.7\.1|^554 5\.7\.1/);
    client.close();
  });

  test('delivers to whom an alias names', async () => {
    const client = await postfix.connect();
    await client.say('MAIL FROM:<x@friends.test>');
    await client.say('RCPT TO:<sales@example.org>');
    expect(await client.say('DATA')).toMatch(/^354 /);
    expect(await client.say('Subject: hello\r\n\r\nhello\r\n.')).toMatch(/^250 2\.0\.0 Ok: queued/);
    client.close();
    await expect.poll(() => postfix.log, { timeout: 20_000 }).toMatch(/to=<bob@example\.org>.*status=sent/);
    expect(postfix.log).toMatch(/to=<ann@example\.org>, orig_to=<sales@example\.org>.*status=sent/);
  });

  test('greylists who is not known, takes the mail when it comes again, and tells why', async () => {
    const client = await postfix.connect();
    const send = () => client.recipient('grey@new.test', 'ann@example.org');
    expect(await send()).toMatch(/^450 4\.2\.0 .*Greylisted, try again in 300 seconds/);
    expect(await send()).toMatch(/^450 4\.2\.0 .*Greylisted/);
    clock.advance(5 * 60_000);
    expect(await send()).toMatch(/^250 /);
    expect(await send()).toMatch(/^250 /);
    client.close();
    const decisions = daemon.logged.filter(({ policy, sender }) => policy === 'greylist' && sender === 'grey@new.test');
    expect(decisions.map(({ verdict, why }) => `${verdict}: ${why}`)).toEqual([
      'defer: seen for the first time',
      expect.stringMatching(/^defer: attempt 2 after \d+ seconds?, too early$/),
      expect.stringMatching(/^pass: has come again after 30\d seconds, attempt 3$/),
      'pass: has passed before',
    ]);
    expect(decisions[0]).toMatchObject({ client_address: '127.0.0.1', recipient: 'ann@example.org' });
  });

  test('lets a sender send so many mails, each counted once', async () => {
    const client = await postfix.connect();
    const mail = async () => {
      await client.say('MAIL FROM:<a@limited.test>');
      const replies = [await client.say('RCPT TO:<ann@example.org>'), await client.say('RCPT TO:<bob@example.org>')];
      await client.say('RSET');
      return replies;
    };
    await mail();
    clock.advance(5 * 60_000);
    for (let i = 0; i < 3; i++)
      expect(await mail()).toEqual([expect.stringMatching(/^250 /), expect.stringMatching(/^250 /)]);
    expect(await mail()).toEqual([
      expect.stringMatching(/^450 4\.7\.1 .*Too much mail/),
      expect.stringMatching(/^450 /),
    ]);
    client.close();
  });

  test('counts recipients at DATA', async () => {
    const data = async (users: readonly string[]) => {
      const client = await postfix.connect();
      await client.say('MAIL FROM:<many@recipients.friends.test>');
      for (const user of users) await client.say(`RCPT TO:<${user}@example.org>`);
      const reply = await client.say('DATA');
      client.close();
      return reply;
    };
    expect(await data(['ann', 'bob', 'sales'])).toMatch(/^354 /);
    expect(await data(['ann', 'bob', 'sales'])).toMatch(/^554 5\.7\.1 .*Too many recipients/);
  });

  test('defers mail while the store is down, and takes it when it is back', async () => {
    await server.close();
    const client = await postfix.connect();
    expect(await client.recipient('x@friends.test', 'ann@example.org')).toMatch(/^451 4\.3\.0 /);
    // Open and closed on errors: the recipient's maps come after the policy that is asked in the class.
    expect(await client.recipient('x@closed.test', 'ann@example.org')).toMatch(
      /^45\d 4\.3\.0 .*Temporary lookup failure/,
    );
    await startStore();
    await expect
      .poll(() => client.recipient('y@friends.test', 'ann@example.org'), { timeout: 20_000 })
      .toMatch(/^250 /);
    client.close();
  });
});
