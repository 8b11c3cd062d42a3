import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RedisStoreConfig, TlsConfig } from '../../src/config/model.js';
import { Secret } from '../../src/config/secret.js';
import { systemClock } from '../../src/core/clock.js';
import { seededRandom } from '../../src/core/random.js';
import type { LinkError } from '../../src/links/link.js';
import { createLink } from '../../src/links/registry.js';
import { linkConfig, loopback, testLink } from '../harness/links.js';
import { requireProgram } from '../harness/programs.js';
import { type RedisServer, startRedis } from '../harness/redis.js';

/** A connection that fails for its settings says which: a real Redis with TLS is asked in all the wrong ways. */
describe.skipIf(!requireProgram('redis'))('a connection to a real Redis fails', () => {
  let redis: RedisServer;
  let strict: RedisServer;

  beforeAll(async () => {
    [redis, strict] = await Promise.all([
      startRedis({ tls: true }),
      startRedis({ tls: true, directives: { 'tls-auth-clients': 'yes' } }),
    ]);
  });
  afterAll(() => Promise.all([redis.stop(), strict.stop()]));

  const INSECURE: TlsConfig = { verify: false, ca: undefined, cert: undefined, key: undefined, serverName: undefined };
  const trusting = ({ certificates }: RedisServer): TlsConfig => ({ ...INSECURE, verify: true, ca: certificates?.ca });
  const certified = ({ certificates }: RedisServer): TlsConfig => ({
    ...INSECURE,
    cert: certificates?.clientCert,
    key: new Secret(certificates!.clientKey),
  });
  const secure = ({ tlsPort }: RedisServer, tls: TlsConfig) => ({ endpoints: [loopback(tlsPort)], tls });

  const NOT_TLS = 'where the port speaks no TLS, the URL starts with redis://';
  const AUTHORITY = '"tls.ca" names the authority that signed it';

  const cases: [string, () => Partial<RedisStoreConfig>, string, string][] = [
    [
      'for an authority that is not known',
      () => secure(redis, { ...INSECURE, verify: true }),
      'self-signed certificate in certificate chain',
      AUTHORITY,
    ],
    [
      'for another authority than the one that is trusted',
      () => secure(redis, trusting(strict)),
      'certificate signature failure',
      AUTHORITY,
    ],
    [
      'for another name',
      () => secure(redis, { ...trusting(redis), serverName: 'other.example' }),
      'the certificate is not for other.example but for DNS:localhost, IP Address:127.0.0.1',
      '"tls.server-name" tells which name it has',
    ],
    [
      'for want of a client certificate',
      () => secure(strict, INSECURE),
      'the server asks for a client certificate',
      '"tls.cert" and "tls.key"',
    ],
    [
      'for a client certificate of somebody else',
      () => secure(strict, certified(redis)),
      'the server refuses our certificate (tlsv1 alert decrypt error)',
      '"tls.cert" must be of an authority that the server trusts',
    ],
    [
      'for a certificate that is none',
      () => secure(redis, { ...INSECURE, cert: 'x', key: new Secret('y') }),
      'the TLS settings do not work: no start line',
      '"tls.ca", "tls.cert" and "tls.key"',
    ],
    [
      'for TLS at a port without',
      () => ({ endpoints: [loopback(redis.port)], tls: INSECURE, connectTimeout: 300 }),
      'no answer within 300 ms',
      NOT_TLS,
    ],
    [
      'for want of TLS at a port with it',
      () => ({ endpoints: [loopback(redis.tlsPort)] }),
      'read ECONNRESET',
      'where the port speaks TLS, the URL starts with rediss://',
    ],
  ];

  test('for TLS at a port without, also when the caller is the one who waits no longer', async () => {
    const link = testLink({ endpoints: [loopback(redis.port)], tls: INSECURE });
    try {
      const soon = () => ({ deadline: Date.now() + 300 });
      const opening: unknown = await link.open(soon().deadline).catch((reason: unknown) => reason);
      const asking: unknown = await link.command(['GET', 'k'], soon()).catch((reason: unknown) => reason);
      for (const error of [opening, asking]) {
        expect(error).toMatchObject({ kind: 'timeout', details: { hint: NOT_TLS, maybeExecuted: false } });
      }
    } finally {
      await link.close();
    }
  });

  test.each(cases)('%s', async (_, overrides, text, hint) => {
    const config = overrides();
    const link = testLink(config);
    try {
      const error = await link.open(Date.now() + 5000).then(
        () => undefined,
        (reason: LinkError) => reason,
      );
      expect(error?.message.replace(/^127\.0\.0\.1:\d+: /, '')).toBe(`cannot connect: ${text}`);
      expect(error?.details.hint).toBe(hint);
    } finally {
      await link.close();
    }
  });
});

test('the log names the store and the node once, and what may mend it only where that is known', async () => {
  const told: [object, string][] = [];
  const log = { info: () => {}, warn: (details: object, message: string) => void told.push([details, message]) };
  const config = linkConfig({ id: 'mail', endpoints: [loopback(1)] });
  const link = createLink(config, { clock: systemClock, random: seededRandom(1), log });
  await link.open(Date.now() + 5000).catch(() => undefined);
  await link.close();
  expect(told).toEqual([
    [
      { store: 'mail', node: '127.0.0.1:1', reason: 'cannot connect: connect ECONNREFUSED 127.0.0.1:1' },
      'not connected',
    ],
  ]);
});
