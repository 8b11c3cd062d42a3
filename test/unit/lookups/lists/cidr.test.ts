import { describe, expect, it } from 'vitest';
import { answerOf, load, noticesOf } from './loaded.js';

const cidr = (text: string) => load(text, { format: 'cidr' });

describe('a table of networks', () => {
  const TEXT = [
    '# the first that matches answers',
    '192.0.2.7 one',
    '192.0.2.0/24 net',
    '192.0.2.8 never',
    '10.0.0.0/8 wide',
    '10.1.0.0/16 never',
    '[2001:db8::]/32 six',
    '2001:db8::1 never',
    '::ffff:192.0.2.9 mapped',
    '255.255.255.255 last',
  ].join('\n');

  it.each([
    ['192.0.2.7', 'one'],
    ['192.0.2.8', 'net'],
    ['192.0.1.255', null],
    ['192.0.3.0', null],
    ['10.1.2.3', 'wide'],
    ['2001:DB8:0:0::1', 'six'],
    ['[2001:db8:ffff:ffff:ffff:ffff:ffff:ffff]', 'six'],
    ['2001:db9::', null],
    ['::ffff:c000:209', 'mapped'],
    ['192.0.2.9', 'net'],
    ['255.255.255.255', 'last'],
    ['255.255.255.254', null],
    ['example.com', null],
    ['fe80::1%eth0', null],
    ['', null],
    ['1'.repeat(1_000), null],
  ])('%s is %s', async (key, value) => {
    expect(answerOf(await cidr(TEXT), key)).toBe(value);
  });

  it.each<[string, Record<string, string | null>]>([
    ['!10.0.0.0/8 outside\n10.0.0.0/8 inside', { '9.9.9.9': 'outside', '10.0.0.1': 'inside', '::1': null }],
    ['if 10.0.0.0/8\n10.1.0.0/16 a\nendif\n0.0.0.0/0 b\n', { '10.1.0.1': 'a', '10.2.0.1': 'b', '1.1.1.1': 'b' }],
    [
      'if !10.0.0.0/8\n0.0.0.0/0 a\n::/0 never\nendif\nif ::/0\n::/0 c\nendif\n10.0.0.0/8 b',
      { '1.1.1.1': 'a', '10.0.0.1': 'b', '::1': 'c' },
    ],
    ['!!1.2.3.4 same', { '1.2.3.4': 'same', '1.2.3.5': null }],
    ['0.0.0.0/0 all\n  going on', { '1.2.3.4': 'all  going on', '::1': null }],
    ['::/0 six', { '1.2.3.4': null, '::': 'six' }],
  ])('%j', async (text, expected) => {
    const reading = await cidr(text);
    expect(noticesOf(reading)).toEqual([]);
    for (const [key, value] of Object.entries(expected)) expect(answerOf(reading, key)).toBe(value);
  });

  it.each([
    ['10.0.0.1/8 x', '1:1 error the address has bits beyond its prefix: 10.0.0.0/8 is the network'],
    ['2001:db8::1/32 x', '1:1 error the address has bits beyond its prefix: 2001:db8::/32 is the network'],
    ['1.2.3.0/33 x', '1:1 error expected a prefix length from 0 to 32'],
    ['! 1.2.3.0/129 x', '1:3 error expected a prefix length from 0 to 32'],
    ['01.2.3.4 x', '1:1 error expected an address, or a network as in 192.0.2.0/24'],
    ['[1.2.3.4 x', '1:1 error expected an address, or a network as in 192.0.2.0/24'],
    ['example.com x', '1:1 error expected an address, or a network as in 192.0.2.0/24'],
    ['1.2.3.4', '1:8 error the rule has no result'],
    ['!', '1:2 error expected a pattern'],
    ['if 1.2.3.4\n1.2.3.4 x', '1:1 error this "if" has no "endif"'],
    ['endif', '1:1 error this "endif" has no "if"'],
    ['if ::1 x\nendif', '1:7 error a condition has no result'],
    ['if ::1\nendif x', '2:6 error nothing stands behind "endif"'],
    ['if ::1\n'.repeat(33) + 'endif\n'.repeat(32), '33:1 error more than 32 conditions in one another'],
  ])('%.30j: %s', async (text, notice) => {
    expect(noticesOf(await cidr(text))).toContain(notice);
  });
});
