import { closeSync, openSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { InheritedSockets, takeInherited } from '../../../src/net/inherited.js';

describe('what is announced in the environment', () => {
  const given = (LISTEN_FDS: string, LISTEN_FDNAMES?: string, LISTEN_PID = '7') =>
    takeInherited({ LISTEN_PID, LISTEN_FDS, ...(LISTEN_FDNAMES === undefined ? {} : { LISTEN_FDNAMES }) }, 7);

  test.each([
    ['two sockets', given('2', 'postfix:http'), ['3 postfix', '4 http']],
    ['several of one name', given('2', 'a:a'), ['3 a', '4 a']],
    ['no names', given('2'), ['3 unknown', '4 unknown']],
    ['fewer names than sockets', given('2', 'a'), ['3 a', '4 unknown']],
    ['another process is meant', given('1', 'a', '8'), []],
    ['no number', given('x', 'a'), []],
    ['nothing', takeInherited({}, 7), []],
  ])('%s', (_, descriptors, expected) => {
    expect(descriptors.map(({ fd, name }) => `${fd} ${name}`)).toEqual(expected);
  });

  test('is taken out of it', () => {
    const env = { LISTEN_PID: '8', LISTEN_FDS: '1', LISTEN_FDNAMES: 'a', PATH: '/bin' };
    takeInherited(env, 7);
    expect(env).toEqual({ PATH: '/bin' });
  });
});

/** Those that are there need a process of their own: test/e2e/operation.test.ts. */
describe('sockets', () => {
  const onConnection = () => undefined;

  test('that are not there are told with those that are', async () => {
    const sockets = new InheritedSockets([{ fd: 3, name: 'http' }]);
    await expect(sockets.open('postfix', { onConnection })).rejects.toThrow(
      'cannot listen on systemd:postfix: no socket of this name was handed over (there is http)',
    );
    await expect(new InheritedSockets().open('postfix', { onConnection })).rejects.toThrow('(none was handed over)');
  });

  test('that are none are refused', async () => {
    const fd = openSync('/dev/null', 'r');
    const sockets = new InheritedSockets([{ fd, name: 'x' }]);
    await expect(sockets.open('x', { onConnection })).rejects.toThrow(/cannot listen on systemd:x: /);
    closeSync(fd);
  });
});
