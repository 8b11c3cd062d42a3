import { describe, expect, it } from 'vitest';
import { configOf, problemsOf } from './problems-of.js';

const AROUND = '[store.s]\ntype = "embedded"\n[lookup.l]\na = 1\n[map.m]\nlookup = "l"\n';

/** The problems of a policy's lines, of which the first is line 8. */
const problems = (lines: string) => problemsOf(`${AROUND}[policy.p]\n${lines}`);

const policyOf = (lines: string) => configOf(`${AROUND}[policy.p]\n${lines}`).policies.get('p')!;

describe('a policy', () => {
  it('that greylists has the documented defaults', () => {
    expect(policyOf('type = "greylist"')).toEqual({
      id: 'p',
      type: 'greylist',
      store: 's',
      delay: 300_000,
      window: 28_800_000,
      lifetime: 3_024_000_000,
      bits: { v4: 24, v6: 64 },
      prefix: 'greylist:',
      text: 'Greylisted',
      onError: 'pass',
    });
  });

  it('that limits rates has the documented defaults', () => {
    expect(policyOf('type = "rate-limit"\nkey = "sasl_username"\nrate = "100/1h"')).toEqual({
      id: 'p',
      type: 'rate-limit',
      store: 's',
      key: ['sasl_username'],
      rate: { requests: 100, period: 3_600_000 },
      count: 'messages',
      algorithm: 'fixed-window',
      burst: undefined,
      bits: { v4: 32, v6: 128 },
      prefix: 'rate:p:',
      action: 'defer',
      text: 'Too much mail',
      onError: 'pass',
    });
  });

  it('that lets through has nothing to say', () => {
    expect(policyOf('type = "allow"\nkey = "sender"\nmap = "m"')).toEqual({
      id: 'p',
      type: 'allow',
      key: ['sender'],
      map: 'm',
      onError: 'pass',
    });
  });

  it.each<[string, object]>([
    ['type = "allow"\nkey = ["sender", "client_address"]\nmap = "m"', { key: ['sender', 'client_address'], map: 'm' }],
    ['type = "deny"\nkey = "helo_name"\nmap = "m"', { action: 'reject', text: 'Access denied', onError: 'pass' }],
    ['type = "deny"\nkey = "sender"\nmap = "m"\naction = "defer"\non-error = "defer"', { action: 'defer' }],
    [
      'type = "rate-limit"\nkey = ["sender_domain", "client_address"]\nrate = "5/1m"\nalgorithm = "leaky-bucket"\nburst = 50\ncount = "recipients"\nmask-v4 = 24',
      { burst: 50, count: 'recipients', bits: { v4: 24, v6: 128 } },
    ],
  ])('%s', (lines, expected) => {
    expect(policyOf(lines)).toMatchObject(expected);
  });

  it.each<[string, string[]]>([
    ['', ['7:2 error: "type" is missing']],
    ['type = "greylst"', ['8:8 error: "type": expected one of "greylist", "rate-limit", "allow", "deny"']],
    ['type = "greylist"\nwindow = "5m"', ['9:10 error: "window" ends before "delay" does']],
    ['type = "greylist"\ndelay = "9h"', ['9:9 error: "window" ends before "delay" does']],
    ['type = "greylist"\nmask-v4 = 33', ['9:11 error: "mask-v4": expected a whole number from 0 to 32']],
    ['type = "greylist"\nrate = "5/1m"', ['9:1 error: unknown key "rate"']],
    ['type = "greylist"\nstore = "t"', ['9:9 error: there is no store "t"']],
    ['type = "greylist"\ntext = "Grüß"', ['9:8 error: "text": expected 1 to 200 printable ASCII characters']],
    ['type = "rate-limit"', ['7:2 error: "key" is missing', '7:2 error: "rate" is missing']],
    [
      'type = "rate-limit"\nkey = "sasl_user"\nrate = "5"',
      [
        expect.stringMatching(/^9:7 error: "key": expected one of "sasl_username"/) as string,
        '10:8 error: "rate": expected a rate such as "100/1h"',
      ],
    ],
    [
      'type = "rate-limit"\nkey = "sender"\nrate = "5/1m"\nburst = 9',
      ['11:9 error: "burst" needs algorithm = "leaky-bucket"'],
    ],
    ['type = "deny"\nkey = "sender"\nmap = "n"', ['10:7 error: there is no map "n"']],
    ['type = "allow"\nkey = "sender"', ['7:2 error: "map" is missing']],
    ['type = "allow"\nkey = "sender"\nmap = "m"\naction = "reject"', ['11:1 error: unknown key "action"']],
    ['type = "allow"\nkey = "sender"\nmap = "m"\ntext = "No"', ['11:1 error: unknown key "text"']],
  ])('%s', (lines, expected) => {
    expect(problems(lines)).toEqual(expected);
  });

  it('names its store where there are several', () => {
    const text = '[store.a]\ntype = "embedded"\n[store.b]\ntype = "embedded"\n[policy.p]\ntype = "greylist"';
    expect(problemsOf(text)).toEqual(['5:2 error: the policy names no store']);
  });
});
