import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openConfigured } from '../../../src/stores/factory.js';
import { TestDaemon } from '../../harness/daemon.js';
import { askHttp } from '../../harness/http-client.js';
import { Wire } from '../../harness/wire.js';

const configOf = (slow: string) => `
[store.local]
type = "embedded"
[map.users]
store = "local"
[policy.greylist]
type = "greylist"
[dict.users]
store = "local"
[log]
slow = "${slow}"
[server.listener.socketmap]
protocol = "socketmap"
bind = "127.0.0.1:0"
[server.listener.policy]
protocol = "policy"
bind = "127.0.0.1:0"
policies = ["greylist"]
[server.listener.dict]
protocol = "dict"
bind = "127.0.0.1:0"
[server.listener.http]
protocol = "http"
bind = "127.0.0.1:0"
write = true
`;

/** Every look at the clock is 10 ms after the last. */
beforeEach(() => {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => (now += 10));
});

let daemon: TestDaemon;

afterEach(async () => {
  vi.restoreAllMocks();
  await daemon.stop();
});

async function say(listener: string, request: string, answer: string): Promise<void> {
  const wire = await Wire.connect(daemon.address(listener));
  wire.send(request);
  await wire.expect(answer);
  wire.close();
}

async function askAll(slow: string) {
  daemon = await TestDaemon.start(configOf(slow), { openStore: (config) => openConfigured(config) });
  await say('socketmap', '9:users key,', '9:NOTFOUND ,');
  await say(
    'policy',
    'request=smtpd_access_policy\nclient_address=192.0.2.1\nsender=a@x.test\nrecipient=u@x.test\n\n',
    'action=',
  );
  await say('dict', 'H3\t2\t0\tann\tusers\nLshared/key\n', 'N\n');
  await askHttp(daemon.port('http'), 'GET', '/store/local/key');
  return daemon.logged.filter(({ msg }) => String(msg).startsWith('slow '));
}

test('what takes as long as [log] slow says is logged, of each kind', async () => {
  const ms = expect.any(Number) as number;
  expect(await askAll('10ms')).toMatchObject([
    { level: 40, listener: 'socketmap', map: 'users', msg: 'slow lookup', ms },
    { listener: 'policy', policy: 'greylist', msg: 'slow decision', ms },
    { listener: 'dict', dict: 'users', msg: 'slow lookup', ms },
    { listener: 'http', store: 'local', msg: 'slow call', ms },
  ]);
});

test.each(['10s', 'never'])('and nothing is where it is "%s"', async (slow) => {
  expect(await askAll(slow)).toEqual([]);
});
