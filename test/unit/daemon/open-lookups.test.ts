import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadConfig, openLookups, openStores } from '../../../src/index.js';
import { ManualClock } from '../../../src/testing/clock.js';
import { temporaryFolder } from '../../harness/folder.js';
import { MemoryStore } from '../../harness/memory-store.js';

/** Maps and policies from Node: what they are made of is opened, or given. */
const CONFIG = `
[store.local]
type = "embedded"
[store.local.data]
"alias:ann@example.com" = "ann"
[store.unused]
type = "redis"
url = "redis://127.0.0.1:1"
shutdown-on-error = true
[lookup.friends]
"*@friends.test" = 1
[map.aliases]
store = "local"
key = "alias:%s"
expand = ["full", "no-extension"]
[map.aliases.cache]
positive-ttl = "1m"
[map.friends]
lookup = "friends"
[policy.friends]
type = "allow"
key = "sender"
map = "friends"
[policy.greylist]
type = "greylist"
store = "local"
[policy.inbound]
type = "rate-limit"
store = "local"
key = "sender"
rate = "1/1h"
`;

const config = loadConfig({ text: CONFIG });

const mail = { client_address: '192.0.2.1', sender: 'a@x.test', recipient: 'ann@example.com' };

describe('lookups of a configuration', () => {
  test('answer from the stores that they need, and from no other', async () => {
    await using lookups = await openLookups(config);
    expect(await lookups.lookup('aliases', 'ann+x@example.com')).toEqual({ kind: 'found', value: Buffer.from('ann') });
    expect(await lookups.lookup('aliases', Buffer.from('bob@example.com'))).toEqual({ kind: 'notFound' });
    expect([...lookups.maps.keys()]).toEqual(['aliases', 'friends']);
  });

  test('decide by policies in order, by which and why', async () => {
    const clock = new ManualClock();
    await using lookups = await openLookups(config, { clock });
    const decide = (sender: string) => lookups.decide(['friends', 'greylist', 'inbound'], { ...mail, sender });
    expect(await decide('x@friends.test')).toEqual({
      verdict: 'permit',
      why: 'sender is in "friends"',
      policy: 'friends',
    });
    expect(await decide('a@x.test')).toEqual({
      verdict: 'defer',
      why: 'seen for the first time',
      text: '4.2.0 Greylisted, try again in 300 seconds',
      policy: 'greylist',
    });
    clock.advance(300_000);
    expect(await decide('a@x.test')).toMatchObject({ verdict: 'pass', policy: 'inbound' });
    expect(await decide('a@x.test')).toMatchObject({ verdict: 'defer', policy: 'inbound' });
    expect(await lookups.decide('greylist', mail)).toMatchObject({ verdict: 'pass', why: 'has passed before' });
    expect(await lookups.decide([], mail)).toEqual({ verdict: 'pass', why: 'no policy', policy: undefined });
  });

  test('ask stores that are open already, and leave them open', async () => {
    await using stores = await openStores({ ...config, stores: new Map([['local', config.stores.get('local')!]]) });
    const lookups = await openLookups(config, { stores });
    await stores.get('local')!.set('alias:new@example.com', 'new');
    expect(await lookups.lookup('aliases', 'new@example.com')).toMatchObject({ kind: 'found' });
    await lookups.close();
    expect(await stores.get('local')!.getText('alias:new@example.com')).toBe('new');
  });

  test('keep answers as long as the map says', async () => {
    const clock = new ManualClock();
    const local = new MemoryStore('local', { 'alias:ann@example.com': 'ann' });
    await using lookups = await openLookups(config, { clock, stores: new Map([['local', local.store]]) });
    const ask = () => lookups.lookup('aliases', 'ann@example.com');
    await ask();
    await ask();
    expect(local.calls).toHaveLength(1);
    clock.advance(60_000);
    await ask();
    expect(local.calls).toHaveLength(2);
  });

  test('end as outcomes and as on-error while the store is down', async () => {
    const local = new MemoryStore('local');
    local.failure = 'UNREACHABLE';
    await using lookups = await openLookups(config, { stores: new Map([['local', local.store]]) });
    expect(await lookups.lookup('aliases', 'ann@example.com')).toMatchObject({ kind: 'temporary' });
    expect(await lookups.decide('greylist', mail)).toMatchObject({ verdict: 'pass', failed: true });
  });

  test('refuse names that nobody has', async () => {
    await using lookups = await openLookups(config);
    await expect(lookups.lookup('aliasses', 'x')).rejects.toThrow('has no map "aliasses": did you mean "aliases"?');
    await expect(lookups.decide('grey', mail)).rejects.toThrow('has no policy "grey"');
  });

  test('follow the files of their lists, and end with them', async () => {
    using folder = temporaryFolder();
    const path = folder.file('list');
    writeFileSync(path, 'a@x.test yes\n');
    const text = `[file-lookup.l]\npath = "${path}"\nformat = "postfix"\nrefresh = "1s"\n[map.m]\nlookup = "l"\n`;
    const clock = new ManualClock();
    const lookups = await openLookups(loadConfig({ text }), { clock });
    expect(await lookups.lookup('m', 'a@x.test')).toMatchObject({ kind: 'found' });
    expect(clock.pending).toBeGreaterThan(0);
    await lookups.close();
    expect(clock.pending).toBe(0);
  });
});
