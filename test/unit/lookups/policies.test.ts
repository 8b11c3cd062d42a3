import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.js';
import { found, notFound, type Outcome, temporary } from '../../../src/core/outcome.js';
import { buildPolicies } from '../../../src/lookups/policies/build.js';
import type { Policy } from '../../../src/lookups/policies/policy.js';
import { keyOf, PolicyRequest } from '../../../src/lookups/policies/request.js';
import { openStore } from '../../../src/stores/factory.js';
import type { LookupStore } from '../../../src/stores/store.js';
import { ManualClock } from '../../../src/testing/clock.js';
import { MemoryStore } from '../../harness/memory-store.js';

const MINUTE = 60_000;

let clock: ManualClock;
let store: LookupStore;

beforeEach(async () => {
  clock = new ManualClock();
  store = await openStore({ type: 'embedded' }, { clock });
});

afterEach(() => store.close());

/** The policy of these lines, over the embedded store, or over another one. */
function policyOf(lines: string, over: LookupStore = store, list: Record<string, Outcome> = {}): Policy {
  const text = `[store.s]\ntype = "embedded"\n[lookup.l]\na = 1\n[map.m]\nlookup = "l"\n[policy.p]\n${lines}`;
  const map = {
    name: 'm',
    lookup: (key: Buffer) => Promise.resolve(list[key.toString()] ?? notFound),
    ask: () => expect.unreachable('it is not asked so'),
    explain: () => Promise.reject(new Error('not asked for')),
  };
  const resources = { store: () => over, map: () => map };
  return buildPolicies(loadConfig({ text }).policies, resources).get('p')!;
}

const ask = (policy: Policy, attributes: Record<string, string>) =>
  policy.decide(new PolicyRequest(new Map(Object.entries(attributes))));

describe('greylisting', () => {
  const mail = { client_address: '192.0.2.7', sender: 'a@x.test', recipient: 'u@example.org', protocol_state: 'RCPT' };

  test('the first attempt and an early one are deferred, a retry passes, and all later mail', async () => {
    const policy = policyOf('type = "greylist"\nlifetime = "50m"');
    expect(await ask(policy, mail)).toEqual({
      verdict: 'defer',
      why: 'seen for the first time',
      text: '4.2.0 Greylisted, try again in 300 seconds',
    });
    clock.advance(4 * MINUTE);
    expect(await ask(policy, mail)).toMatchObject({
      verdict: 'defer',
      why: 'attempt 2 after 240 seconds, too early',
      text: expect.stringContaining('try again in 60 seconds') as string,
    });
    clock.advance(MINUTE);
    expect(await ask(policy, mail)).toEqual({
      verdict: 'pass',
      why: 'has come again after 300 seconds, attempt 3',
    });
    clock.advance(40 * MINUTE);
    expect(await ask(policy, mail)).toEqual({ verdict: 'pass', why: 'has passed before' });
    clock.advance(40 * MINUTE);
    expect(await ask(policy, mail)).toMatchObject({ verdict: 'pass' });
    clock.advance(50 * MINUTE + 1);
    expect(await ask(policy, mail)).toMatchObject({ verdict: 'defer', why: 'seen for the first time' });
  });

  test('who comes again only after the window starts anew', async () => {
    const policy = policyOf('type = "greylist"\nwindow = "10m"');
    await ask(policy, mail);
    clock.advance(10 * MINUTE + 1);
    expect(await ask(policy, mail)).toMatchObject({ why: 'seen for the first time' });
  });

  test.each<[string, Record<string, string>, boolean]>([
    ['a neighbour of the client', { client_address: '192.0.2.200' }, true],
    ['the same in capitals', { sender: 'A@X.test', recipient: 'U@Example.ORG' }, true],
    ['a client in another network', { client_address: '192.0.3.7' }, false],
    ['another sender', { sender: 'b@x.test' }, false],
    ['another recipient', { recipient: 'v@example.org' }, false],
    ['the bounce address', { sender: '' }, false],
  ])('%s', async (_, change, known) => {
    const policy = policyOf('type = "greylist"\ndelay = "1m"');
    await ask(policy, mail);
    clock.advance(MINUTE);
    expect((await ask(policy, { ...mail, ...change })).verdict).toBe(known ? 'pass' : 'defer');
  });

  test.each<[string, string, string, string, boolean]>([
    ['within mask-v4', 'mask-v4 = 28', '192.0.2.7', '192.0.2.15', true],
    ['outside mask-v4', 'mask-v4 = 28', '192.0.2.7', '192.0.2.16', false],
    ['within a /64, IPv6 by default', '', '2001:db8:0:1::7', '2001:db8:0:1:ffff::1', true],
    ['outside a /64', '', '2001:db8:0:1::7', '2001:db8:0:2::7', false],
    ['within mask-v6', 'mask-v6 = 48', '2001:db8:0:1::7', '2001:db8:0:2::7', true],
    ['outside mask-v6', 'mask-v6 = 48', '2001:db8:0:1::7', '2001:db8:1:1::7', false],
    ['whose mask is of the other family', 'mask-v4 = 0', '2001:db8:0:1::7', '2001:db8:0:2::7', false],
    ['mapped into IPv6', '', '192.0.2.7', '::ffff:192.0.2.200', true],
  ])('a client %s', async (_, mask, first, second, known) => {
    const policy = policyOf(`type = "greylist"\ndelay = "1m"\n${mask}`);
    await ask(policy, { ...mail, client_address: first });
    clock.advance(MINUTE);
    expect((await ask(policy, { ...mail, client_address: second })).verdict).toBe(known ? 'pass' : 'defer');
  });

  test.each([
    ['a user who has logged in', { sasl_username: 'ann' }],
    ['a request without a recipient', { recipient: '' }],
  ])('%s passes and is not remembered', async (_, change) => {
    expect(await ask(policyOf('type = "greylist"'), { ...mail, ...change })).toMatchObject({ verdict: 'pass' });
    expect(await store.command('DBSIZE')).toBe(0);
  });
});

describe('rate limits', () => {
  const LIMIT = 'type = "rate-limit"\nkey = "sasl_username"\nrate = "3/1h"\n';
  const mail = (instance: string, more: Record<string, string> = {}) => ({ sasl_username: 'ann', instance, ...more });

  test('so many in the time, for each value of the key', async () => {
    const policy = policyOf(LIMIT);
    expect(await ask(policy, mail('1'))).toEqual({ verdict: 'pass', why: 'within 3 in 3600 seconds, 2 left' });
    for (const instance of ['2', '3']) await ask(policy, mail(instance));
    expect(await ask(policy, mail('4'))).toEqual({
      verdict: 'defer',
      why: 'over 3 in 3600 seconds, again in 3600 seconds',
      text: '4.7.1 Too much mail',
    });
    expect(await ask(policy, { sasl_username: 'bob' })).toMatchObject({ verdict: 'pass' });
    clock.advance(60 * MINUTE);
    expect(await ask(policy, mail('5'))).toMatchObject({ verdict: 'pass' });
  });

  test('a mail counts once, however often it is asked about, and has one answer', async () => {
    const policy = policyOf(LIMIT);
    const ten = Array.from({ length: 10 }, () => ask(policy, mail('1')));
    expect(new Set((await Promise.all(ten)).map(({ why }) => why))).toEqual(
      new Set(['within 3 in 3600 seconds, 2 left']),
    );
    for (const instance of ['2', '3', '4']) await ask(policy, mail(instance));
    expect(await ask(policy, mail('1'))).toMatchObject({ verdict: 'pass' });
    expect(await ask(policy, mail('4'))).toMatchObject({ verdict: 'defer' });
  });

  test('is exact under 50 parallel calls', async () => {
    const policy = policyOf('type = "rate-limit"\nkey = "client_address"\nrate = "20/1h"');
    const calls = Array.from({ length: 50 }, () => ask(policy, { client_address: '192.0.2.1' }));
    const verdicts = (await Promise.all(calls)).map(({ verdict }) => verdict);
    expect(verdicts.filter((verdict) => verdict === 'pass')).toHaveLength(20);
  });

  test('recipients count where their number is known', async () => {
    const policy = policyOf(`${LIMIT}count = "recipients"\naction = "reject"\ntext = "Enough"`);
    const data = (instance: string, count: number) =>
      ask(policy, mail(instance, { protocol_state: 'DATA', recipient_count: `${count}` }));
    expect(await ask(policy, mail('1', { protocol_state: 'RCPT', recipient_count: '0' }))).toEqual({
      verdict: 'pass',
      why: 'recipients are counted at DATA',
    });
    expect(await data('1', 2)).toMatchObject({ why: 'within 3 in 3600 seconds, 1 left' });
    expect(await data('2', 2)).toMatchObject({ verdict: 'reject', text: '5.7.1 Enough' });
  });

  test('a bucket with a burst lets so many through at once, then one at a time', async () => {
    const policy = policyOf(
      'type = "rate-limit"\nkey = "sender"\nrate = "60/1h"\nalgorithm = "leaky-bucket"\nburst = 2',
    );
    const send = async () => (await ask(policy, { sender: 'a@x.test' })).verdict;
    expect([await send(), await send(), await send()]).toEqual(['pass', 'pass', 'defer']);
    clock.advance(MINUTE);
    expect([await send(), await send()]).toEqual(['pass', 'defer']);
  });

  test('a key of several attributes counts them together; without the first nothing is counted', async () => {
    const policy = policyOf(
      'type = "rate-limit"\nkey = ["client_address", "sender_domain"]\nrate = "1/1h"\nmask-v4 = 24',
    );
    const send = async (client: string, sender: string) =>
      (await ask(policy, { client_address: client, sender })).verdict;
    expect(await send('192.0.2.1', 'a@X.test')).toBe('pass');
    expect(await send('192.0.2.9', 'b@x.test')).toBe('defer');
    expect(await send('192.0.2.9', 'b@y.test')).toBe('pass');
    expect(await send('192.0.2.1', '')).toBe('pass');
    expect(await send('', 'a@x.test')).toBe('pass');
    expect(await store.command('DBSIZE')).toBe(3);
  });
});

describe('lists', () => {
  const list = { 'foe@bad.test': found(Buffer.from('1')), 'bad.test': temporary('the store is down') };

  test('who is refused, and what is not known', async () => {
    const policy = policyOf('type = "deny"\nkey = ["sender", "sender_domain"]\nmap = "m"', store, list);
    expect(await ask(policy, { sender: 'Foe@bad.test' })).toEqual({
      verdict: 'reject',
      why: 'sender is in "m"',
      text: '5.7.1 Access denied',
    });
    expect(await ask(policy, { sender: 'x@good.test' })).toEqual({ verdict: 'pass', why: 'not in "m"' });
    expect(await ask(policy, { sender: 'x@bad.test' })).toEqual({
      verdict: 'pass',
      why: 'the store is down; on-error = "pass"',
      failed: true,
    });
  });

  test('who is let through', async () => {
    const policy = policyOf('type = "allow"\nkey = "sender"\nmap = "m"', store, list);
    expect(await ask(policy, { sender: 'foe@bad.test' })).toEqual({ verdict: 'permit', why: 'sender is in "m"' });
    expect(await ask(policy, {})).toMatchObject({ verdict: 'pass' });
  });
});

describe('a store that is down', () => {
  const request = { client_address: '192.0.2.1', recipient: 'u@example.org', sender: 'a@x.test', instance: '1' };

  test.each([
    ['type = "greylist"', 'pass'],
    ['type = "greylist"\non-error = "defer"', 'defer'],
    ['type = "rate-limit"\nkey = "sender"\nrate = "1/1h"', 'pass'],
    ['type = "rate-limit"\nkey = "sender"\nrate = "1/1h"\non-error = "defer"', 'defer'],
  ])('%s', async (lines, verdict) => {
    const down = new MemoryStore('s');
    down.failure = 'UNREACHABLE';
    const decision = await ask(policyOf(lines, down.store), request);
    expect(decision).toMatchObject({ verdict, failed: true, why: expect.stringContaining('unreachable') as string });
    expect(decision.text).toBe(verdict === 'defer' ? '4.3.0 Temporary lookup failure' : undefined);
  });

  test('what it could not decide about a mail is asked again', async () => {
    const down = new MemoryStore('s');
    down.failure = 'UNREACHABLE';
    const policy = policyOf('type = "rate-limit"\nkey = "sender"\nrate = "1/1h"', down.store);
    await ask(policy, request);
    await ask(policy, request);
    expect(down.calls).toHaveLength(2);
  });
});

describe('a fault of the program', () => {
  const faulty = { greylist: () => Promise.reject(new RangeError('of ann@example.com')) } as unknown as LookupStore;
  const request = { client_address: '192.0.2.1', recipient: 'u@example.org', sender: 'a@x.test' };

  test.each(['pass', 'defer'] as const)('ends as on-error = "%s", with the error for the log', async (onError) => {
    const decision = await ask(policyOf(`type = "greylist"\non-error = "${onError}"`, faulty), request);
    expect(decision).toMatchObject({
      verdict: onError,
      why: `internal error (RangeError); on-error = "${onError}"`,
      failed: true,
      fault: expect.any(RangeError) as RangeError,
    });
  });

  test('that is none of an error object is told too', async () => {
    const odd = { greylist: () => Promise.reject('odd') } as unknown as LookupStore;
    expect(await ask(policyOf('type = "greylist"', odd), request)).toMatchObject({
      why: 'internal error (string); on-error = "pass"',
      fault: 'odd',
    });
  });
});

test('no two lists of texts have one key', () => {
  expect(keyOf('k:', ['a b', 'c'])).toBe('k:a%20b c');
  expect(keyOf('k:', ['a', 'b c'])).toBe('k:a b%20c');
  expect(keyOf('k:', ['a%20b', 'ü\n'])).toBe('k:a%2520b ü%0A');
});
