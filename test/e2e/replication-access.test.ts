import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listenAsConfigured } from '../../src/server/launch.js';
import { type Certificates, createCertificates } from '../harness/certificates.js';
import { type TemporaryFolder, temporaryFolder } from '../harness/folder.js';
import { closeNodes, Node } from '../harness/node.js';
import { freePorts } from '../harness/ports.js';
import { requireProgram } from '../harness/programs.js';
import { type RedisServer, startRedis } from '../harness/redis.js';
import { until } from '../harness/until.js';

afterEach(closeNodes);

/** An ACL user that may follow, and nothing else. */
const REPLICATOR = ['ACL', 'SETUSER', 'replicator', 'on', '>secret', '-@all', '+psync', '+replconf', '+ping'];
/** Nobody else may. */
const NOBODY_ELSE = ['ACL', 'SETUSER', 'default', '-psync'];

describe.skipIf(!requireProgram('redis'))('masteruser, beside a real redis-server', () => {
  let real: RedisServer;

  beforeAll(async () => {
    real = await startRedis();
  });
  afterAll(() => real.stop());

  beforeEach(() => async () => {
    await real.command('REPLICAOF', 'NO', 'ONE');
    await real.command('CONFIG', 'SET', 'masteruser', '', 'masterauth', '');
    await real.command('ACL', 'SETUSER', 'default', '+psync');
    await real.command('ACL', 'DELUSER', 'replicator');
    await real.command('FLUSHALL');
  });

  it('is who our replica logs in as', async () => {
    await real.command(...REPLICATOR);
    await real.command(...NOBODY_ELSE);
    await real.command('SET', 'k', '1');
    const replica = await Node.start({ masteruser: 'replicator', masterauth: 'secret' });
    const primary = { port: real.port, run: (...words: string[]) => real.command(...words) };
    await replica.following(primary);
    expect(String(await real.command('CLIENT', 'LIST', 'TYPE', 'replica'))).toContain(' user=replicator ');
    await real.command('INCR', 'k');
    await replica.caughtUp(primary);
    expect(replica.text('GET', 'k')).toBe('2');
  });

  it('follows nobody with a wrong password, and says so, until it is right', async () => {
    await real.command(...REPLICATOR);
    const replica = await Node.start({ masteruser: 'replicator', masterauth: 'wrong' });
    replica.run('REPLICAOF', '127.0.0.1', String(real.port));
    const refused = 'Unable to AUTH to MASTER: -WRONGPASS invalid username-password pair or user is disabled.';
    // Twice: it tries again.
    await until(() => replica.lines.filter((line) => line === refused).length >= 2, 'it is refused');
    expect(replica.isConnected).toBe(false);
    expect(replica.info('master_link_status')).toBe('down');
    expect(String(await real.command('INFO', 'replication'))).toContain('connected_slaves:0\r\n');
    replica.run('CONFIG', 'SET', 'masterauth', 'secret');
    await replica.connected();
    expect(String(await real.command('CLIENT', 'LIST', 'TYPE', 'replica'))).toContain(' user=replicator ');
  });

  it('is who a real replica of ours logs in as', async () => {
    const primary = await Node.start();
    primary.run(...REPLICATOR);
    primary.run(...NOBODY_ELSE);
    primary.run('SET', 'k', '1');
    await real.command('CONFIG', 'SET', 'masteruser', 'replicator', 'masterauth', 'wrong');
    await real.command('REPLICAOF', '127.0.0.1', String(primary.port));
    await until(() => primary.text('ACL', 'LOG').includes('replicator'), 'it is refused');
    expect(primary.text('ACL', 'LOG')).toMatch(/reason,auth,.*username,replicator/);
    expect(primary.info('connected_slaves')).toBe('0');
    await real.command('CONFIG', 'SET', 'masterauth', 'secret');
    await until(async () => String(await real.command('INFO')).includes('master_link_status:up'), 'the link is up');
    expect(primary.text('CLIENT', 'LIST', 'TYPE', 'replica')).toContain(' user=replicator ');
    primary.run('INCR', 'k');
    await until(async () => String(await real.command('GET', 'k')) === '2', 'it follows');
  });
});

describe.skipIf(!requireProgram('redis'))('tls-replication, beside a real redis-server', () => {
  let folder: TemporaryFolder;
  let certificates: Certificates;
  let ours: Readonly<Record<string, string>>;
  let real: RedisServer | undefined;

  beforeEach(() => {
    folder = temporaryFolder();
    certificates = createCertificates(folder.path);
    const { files } = certificates;
    ours = {
      'tls-cert-file': files.serverCert,
      'tls-key-file': files.serverKey,
      'tls-ca-cert-file': files.ca,
      'tls-replication': 'yes',
      'tls-auth-clients': 'yes',
    };
    return async () => {
      await real?.stop();
      real = undefined;
      folder[Symbol.dispose]();
    };
  });

  const startReal = (directives: Readonly<Record<string, string>> = {}) =>
    startRedis({
      tls: true,
      certificates,
      directives: { 'tls-replication': 'yes', 'tls-auth-clients': 'yes', ...directives },
    });

  for (const diskless of ['yes', 'no']) {
    it(`our replica follows over TLS, and shows its certificate (repl-diskless-sync ${diskless})`, async () => {
      real = await startReal({ 'repl-diskless-sync': diskless });
      const { tlsPort } = real;
      const command = (...words: string[]) => real!.command(...words);
      await command('SETRANGE', 'long', '1000000', 'end');
      const [port = 0] = await freePorts(1);
      const replica = await Node.start({ ...ours, port: '0', 'tls-port': String(port) });
      await replica.following({ port: tlsPort, run: command });
      expect(replica.run('STRLEN', 'long')).toBe(1_000_003);
      expect(String(await command('INFO', 'replication'))).toContain(`slave0:ip=127.0.0.1,port=${port},state=online`);
      await command('SET', 'k', '1');
      await replica.caughtUp({ port: tlsPort, run: command });
      expect(replica.text('GET', 'k')).toBe('1');
      await command('CLIENT', 'KILL', 'TYPE', 'replica');
      await command('SET', 'k', '2');
      await until(() => replica.text('GET', 'k') === '2', 'it has come back');
      expect(String(await command('INFO', 'stats'))).toMatch(/sync_full:1\r\nsync_partial_ok:1\r\n/);
    });

    it(`a real replica follows ours over TLS (repl-diskless-sync ${diskless})`, async () => {
      const [port = 0] = await freePorts(1);
      const primary = await Node.start({
        ...ours,
        port: '0',
        'tls-port': String(port),
        'repl-diskless-sync': diskless,
      });
      await listenAsConfigured(primary.server);
      primary.run('SETRANGE', 'long', '1000000', 'end');
      real = await startReal({ replicaof: `127.0.0.1 ${port}` });
      const command = (...words: string[]) => real!.command(...words);
      await until(async () => String(await command('INFO')).includes('master_link_status:up'), 'the link is up');
      expect(await command('STRLEN', 'long')).toBe(1_000_003);
      expect(primary.text('INFO', 'replication')).toContain(`slave0:ip=127.0.0.1,port=${real.tlsPort},state=online`);
      primary.run('SET', 'k', '1');
      await until(async () => String(await command('GET', 'k')) === '1', 'it follows');
    });
  }

  it('a real replica goes on where it was over TLS, and is never refused', async () => {
    const [port = 0] = await freePorts(1);
    const primary = await Node.start({ ...ours, port: '0', 'tls-port': String(port) });
    await listenAsConfigured(primary.server);
    real = await startReal({ replicaof: `127.0.0.1 ${port}` });
    const command = (...words: string[]) => real!.command(...words);
    for (let round = 1; round <= 5; round++) {
      await until(async () => String(await command('INFO')).includes('master_link_status:up'), 'the link is up');
      primary.run('CLIENT', 'KILL', 'TYPE', 'replica');
      primary.run('SET', 'k', String(round));
      await until(async () => String(await command('GET', 'k')) === String(round), 'it has come back');
    }
    expect(primary.server.replication.syncs).toMatchObject({ full: 1, partial: 5 });
    expect(primary.info('total_error_replies')).toBe('0');
  });
});
