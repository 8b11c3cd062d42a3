import { afterEach, describe, expect, test } from 'vitest';
import { TestDaemon } from '../../harness/daemon.js';
import { Wire } from '../../harness/wire.js';

/** What the protocol file's tests do not see: what becomes of errors. */
const config = (onError: string) => `
[store.local]
type = "embedded"
[policy.greylist]
type = "greylist"
on-error = "${onError}"
[server.listener.policy]
protocol = "policy"
bind = "127.0.0.1:0"
policies = ["greylist"]
`;

const REQUEST = 'request=smtpd_access_policy\nclient_address=192.0.2.1\nsender=a@x.test\nrecipient=u@example.org\n\n';

let daemon: TestDaemon;

afterEach(() => daemon.stop());

async function start(onError: string): Promise<Wire> {
  daemon = await TestDaemon.start(config(onError));
  return await Wire.connect(daemon.address('policy'));
}

const failures = () => daemon.logged.filter(({ msg }) => String(msg).startsWith('policy failed'));

describe('an error in a policy', () => {
  // A store that does not have the operation throws what no store throws: a fault of the program.
  test.each([
    ['pass', 'action=DUNNO\n\n'],
    ['defer', 'action=DEFER_IF_PERMIT 4.3.0 Temporary lookup failure\n\n'],
  ])('of the program ends as on-error = "%s", and its stack is in the log once', async (onError, answer) => {
    const wire = await start(onError);
    wire.send(REQUEST.repeat(3));
    await wire.expect(answer.repeat(3));
    wire.close();
    expect(failures()).toEqual([
      expect.objectContaining({
        level: 50,
        listener: 'policy',
        policy: 'greylist',
        reason: `internal error (Error); on-error = "${onError}"`,
        err: expect.objectContaining({ stack: expect.stringContaining('at MemoryStore.greylist') as string }) as object,
      }),
    ]);
  });

  test('of a store is a warning without one', async () => {
    const wire = await start('pass');
    daemon.store('local').failure = 'UNREACHABLE';
    wire.send(REQUEST);
    await wire.expect('action=DUNNO\n\n');
    wire.close();
    expect(failures()).toMatchObject([{ level: 40, reason: expect.stringContaining('unreachable') as string }]);
    expect(failures()[0]).not.toHaveProperty('err');
  });
});
