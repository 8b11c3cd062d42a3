import { expect, test } from 'vitest';
import { parseRedirect } from '../../../src/links/cluster/redirect.js';
import { ReplyError } from '../../../src/resp/reply.js';

test.each([
  ['MOVED 3999 127.0.0.1:6381', 'moved', 3999, '127.0.0.1', 6381],
  ['ASK 0 node.example.com:7000', 'ask', 0, 'node.example.com', 7000],
  ['MOVED 16383 ::1:7000', 'moved', 16_383, '::1', 7000],
  ['MOVED 5 [2001:db8::7]:7000', 'moved', 5, '2001:db8::7', 7000],
  ['MOVED 5 :7000', 'moved', 5, 'asked.example', 7000],
  ['ASK 5 ?:7000', 'ask', 5, 'asked.example', 7000],
])('%s', (message, kind, slot, host, port) => {
  expect(parseRedirect(new ReplyError(message), 'asked.example')).toEqual({ kind, slot, address: { host, port } });
});

test.each(['ERR MOVED 1 a:1', 'MOVED 1', 'TRYAGAIN Multiple keys request during rehashing of slot'])(
  '%s is no redirect',
  (message) => {
    expect(parseRedirect(new ReplyError(message), 'asked.example')).toBeUndefined();
  },
);
