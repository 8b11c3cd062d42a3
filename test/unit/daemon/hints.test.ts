import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.js';
import { hints } from '../../../src/daemon/hints.js';

const STORES = `
[store.local]
type = "embedded"
[store.local.data]
"other:x" = "1"
"alias:it's@example.org" = "1"
[lookup.vip]
"*.glob" = "1"
"ceo@example.com" = "1"
[map.aliases]
store = "local"
key = "alias:%s"
[map.vip]
lookup = "vip"
[map.domains]
store = "local"
key = "%d"
`;

describe('what the log says to try', () => {
  test.each([
    [
      'a key that is there',
      'protocol = "socketmap"\nbind = "127.0.0.1:10023"',
      String.raw`postmap -q 'it'\''s@example.org' socketmap:inet:127.0.0.1:10023:aliases`,
    ],
    [
      'an exact key of a list',
      'protocol = "socketmap"\nbind = "unix:/run/s"\nmaps = "vip"',
      'postmap -q ceo@example.com socketmap:unix:/run/s:vip',
    ],
    [
      'an address to connect to',
      'protocol = "tcp-table"\nbind = "[::]:10024"\nmap = "vip"',
      'postmap -q ceo@example.com tcp:[::1]:10024',
    ],
    [
      'an example where no key is known',
      'protocol = "http"\nbind = "0.0.0.0:8080"\nmaps = "domains"',
      'curl http://127.0.0.1:8080/lookup/domains/user%40example.org',
    ],
    [
      'health',
      'protocol = "http"\nbind = "unix:/run/h"\nserve = ["health", "metrics"]',
      'curl --unix-socket /run/h http://localhost/readyz',
    ],
    [
      'a line',
      'protocol = "line"\nbind = "127.0.0.1:10025"\nmaps = "vip"',
      'lookupd query vip ceo@example.com --via line',
    ],
    [
      'mail to decide about',
      'protocol = "policy"\nbind = "127.0.0.1:10027"\npolicies = "grey"\n[policy.grey]\ntype = "greylist"',
      'lookupd query l client_address=192.0.2.1 sender=ann@example.net recipient=bob@example.org --via policy',
    ],
    [
      'a shared key of a dictionary',
      'protocol = "dict"\nbind = "unix:/run/d"\n[dict.d]\nstore = "local"\nprefix = "other:"',
      'lookupd query d shared/x --via dict',
    ],
    [
      'any shared key where none is known',
      'protocol = "dict"\nbind = "unix:/run/d"\n[dict.d]\nstore = "local"\nprefix = "p/"',
      'lookupd query d shared/key --via dict',
    ],
    ['metrics', 'protocol = "http"\nbind = "127.0.0.1:9090"\nserve = "metrics"', 'curl http://127.0.0.1:9090/metrics'],
  ])('%s', (_, listener, expected) => {
    const config = loadConfig({ text: `${STORES}[server.listener.l]\n${listener}\n` });
    const { protocol, bind } = config.listeners.get('l')!;
    const addresses = bind.map((address) => ({ listener: 'l', protocol, address }));
    expect(hints(config, addresses)).toEqual([expected]);
  });

  test('nothing of what a listener does not serve', () => {
    const config = loadConfig({ text: '[server.listener.l]\nprotocol = "http"\nbind = "127.0.0.1:8080"\n' });
    const address = { host: '127.0.0.1', port: 8080 };
    expect(hints(config, [{ listener: 'l', protocol: 'http', address }])).toEqual([]);
  });

  test('nothing where Postfix cannot connect, or there is no map', () => {
    const config = loadConfig({ text: '[server.listener.l]\nprotocol = "socketmap"\nbind = "127.0.0.1:0"\n' });
    const address = { host: '127.0.0.1', port: 1 };
    expect(hints(config, [{ listener: 'l', protocol: 'socketmap', address }])).toEqual([]);
  });
});
