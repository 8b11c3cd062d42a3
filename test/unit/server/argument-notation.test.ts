import { describe, expect, it } from 'vitest';
import { allCommands } from '../../../src/server/commands/index.js';
import { readArgument } from '../../../src/server/commands/introspection/argument-notation.js';

const plain = { keySpec: undefined, token: undefined, since: undefined, deprecatedSince: undefined };
const argument = (name: string, type: string, more: object = {}) => ({
  ...{ name, type, ...plain },
  ...{ flags: [], parts: [], ...more },
});

describe('the notation of arguments', () => {
  it.each<[string, object]>([
    ['value', argument('value', 'string')],
    ['key#0', argument('key', 'key', { keySpec: 0 })],
    ['ip:port!2.8.12', argument('ip:port', 'string', { deprecatedSince: '2.8.12' })],
    ['COUNT count:integer@6.2.0', argument('count', 'integer', { token: 'COUNT', since: '6.2.0' })],
    ['[NX]', argument('nx', 'pure-token', { token: 'NX', flags: ['optional'] })],
    ['equal"="', argument('equal', 'pure-token', { token: '=' })],
    ['empty""', argument('empty', 'pure-token', { token: '' })],
    ['at:unix-time...', argument('at', 'unix-time', { flags: ['multiple'] })],
    [
      '[GET pattern:pattern#1*...]',
      argument('pattern', 'pattern', {
        token: 'GET',
        keySpec: 1,
        flags: ['optional', 'multiple', 'multiple_token'],
      }),
    ],
    [
      'order(ASC |\n  limit(\n    offset,\n    [count:integer]\n  )\n)',
      argument('order', 'oneof', {
        parts: [
          argument('asc', 'pure-token', { token: 'ASC' }),
          argument('limit', 'block', {
            parts: [argument('offset', 'string'), argument('count', 'integer', { flags: ['optional'] })],
          }),
        ],
      }),
    ],
  ])('%s', (text, expected) => {
    expect(readArgument(text)).toEqual(expected);
  });

  it.each(['', '[key', 'key]', 'a(b', 'a b', 'a(b | c, d)', '@1.0', 'key#'])('refuses "%s"', (text) => {
    expect(() => readArgument(text)).toThrow('unreadable argument');
  });

  it('is what every declaration is written in, and every change begins with a version', () => {
    for (const command of allCommands.flatMap((one) => [one, ...(one.subcommands ?? [])])) {
      for (const text of command.arguments ?? []) expect(() => readArgument(text), command.name).not.toThrow();
      for (const line of command.history ?? []) expect(line, command.name).toMatch(/^\d+\.\d+\.\d+ \S/);
    }
  });
});
