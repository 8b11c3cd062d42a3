import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServer, type Server } from '../../../src/server/index.js';
import { requireProgram } from '../../harness/programs.js';
import { Rspamd } from '../../harness/rspamd.js';

/** rspamd as Debian has it, with everything it keeps in Redis kept in the bundled server. */
describe.skipIf(!requireProgram('rspamd'))('rspamd', () => {
  let server: Server;
  let rspamd: Rspamd;

  beforeAll(async () => {
    server = await createServer();
    const { port = 0 } = await server.listen({ port: 0 });
    const config = readFileSync(new URL('rspamd.conf', import.meta.url), 'utf8');
    const modules = ['greylist', 'ratelimit', 'history_redis', 'multimap'];
    rspamd = await Rspamd.start(config.replace('REDIS_PORT', String(port)), { modules, messages: MESSAGES });
  });

  afterAll(async () => {
    await rspamd?.stop();
    await server.close();
  });

  const session = () => server.session();

  it('looks a sender up in a hash, and puts a suspicious message off', async () => {
    session().run('HSET', 'listed', 'seller@example.com', '');
    const first = await rspamd.scan('offer', 'seller@example.com', 'ann@example.org');
    expect(first).toEqual({ action: 'soft reject', symbols: ['GREYLIST', 'LISTED'] });
    expect(session().run('KEYS', 'rg*')).toHaveLength(2);
    const again = await rspamd.scan('offer', 'seller@example.com', 'ann@example.org');
    expect(again).toEqual({ action: 'soft reject', symbols: ['GREYLIST'] });
  });

  it('learns, and knows what it has learnt', async () => {
    expect(await rspamd.learn('spam', 'offer')).toMatchObject({ success: true });
    expect(await rspamd.learn('ham', 'minutes')).toMatchObject({ success: true });
    expect(session().run('HLEN', 'learned_ids')).toBe(2);
    const offered = await rspamd.scan('another-offer', 'someone@example.net', 'bob@example.org');
    expect(offered).toEqual({ action: 'no action', symbols: ['BAYES_SPAM'] });
    const told = await rspamd.scan('more-minutes', 'clerk@example.net', 'cho@example.org');
    expect(told).toEqual({ action: 'no action', symbols: ['BAYES_HAM'] });
  });

  it('limits the rate for a recipient', async () => {
    const ends: string[] = [];
    for (let i = 0; i < 4; i++) ends.push((await rspamd.scan('note', 'x@example.net', 'dee@example.org')).action);
    expect(ends).toEqual(['no action', 'no action', 'soft reject', 'soft reject']);
  });

  it('keeps its history', async () => {
    const senders = async () => {
      const response = await fetch(`http://127.0.0.1:${rspamd.controlPort}/history`);
      const { rows } = (await response.json()) as { rows: { sender_smtp: string }[] };
      return rows.map((row) => row.sender_smtp).sort();
    };
    const [clerk, seller, someone, x] = [
      'clerk@example.net',
      'seller@example.com',
      'someone@example.net',
      'x@example.net',
    ];
    await expect.poll(senders).toEqual([clerk, seller, seller, someone, x, x, x, x]);
  });

  it('meets no error', () => {
    const errors = String(session().run('INFO', 'errorstats')).match(/errorstat_\w+/g) ?? [];
    // Scripts are asked for by their hash first.
    expect(errors.filter((name) => name !== 'errorstat_NOSCRIPT')).toEqual([]);
    expect(rspamd.log).not.toMatch(/redis.*(error|failed|cannot)/i);
  });
});

const MESSAGES: Readonly<Record<string, string>> = {
  offer: 'buy now cheap pills and watches today while they last my dear friend',
  'another-offer': 'dear friend buy now cheap pills and watches today while they last again',
  minutes: 'the meeting of tuesday is moved to the large room on the second floor as agreed',
  'more-minutes': 'as agreed the meeting of tuesday is moved to the large room on the second floor once more',
  note: 'nothing that anybody has learnt',
};
