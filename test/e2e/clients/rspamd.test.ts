import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServer, type Server } from '../../../src/server/index.js';
import { temporaryFolder } from '../../harness/folder.js';
import { freePorts } from '../../harness/ports.js';
import { executable, requireProgram } from '../../harness/programs.js';
import { until } from '../../harness/until.js';
import { Wire } from '../../harness/wire.js';

type Folder = ReturnType<typeof temporaryFolder>;

const run = promisify(execFile);

/** rspamd as Debian has it, with everything it keeps in Redis kept in the bundled server. */
describe.skipIf(!requireProgram('rspamd'))('rspamd', () => {
  let folder: Folder;
  let server: Server;
  let rspamd: ChildProcess;
  let scanPort = 0;
  let controlPort = 0;
  let log = '';

  beforeAll(async () => {
    folder = temporaryFolder();
    server = await createServer();
    const { port = 0 } = await server.listen({ port: 0 });
    [scanPort = 0, controlPort = 0] = await freePorts(2);
    const config = prepare(folder, { SCAN_PORT: scanPort, CONTROL_PORT: controlPort, REDIS_PORT: port });
    rspamd = spawn(executable('rspamd')!, ['-f', '-i', '-c', config], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [rspamd.stdout, rspamd.stderr]) stream?.on('data', (chunk) => void (log += chunk));
    for (const listening of [scanPort, controlPort]) await until(() => answers(listening), 'rspamd answers');
  });

  afterAll(async () => {
    if (rspamd.exitCode === null) {
      const ended = once(rspamd, 'exit');
      rspamd.kill('SIGTERM');
      await ended;
    }
    await server.close();
    folder[Symbol.dispose]();
  });

  async function ask(port: number, ...words: readonly string[]): Promise<unknown> {
    const { stdout } = await run(executable('rspamc')!, ['-j', '-h', `127.0.0.1:${port}`, ...words]);
    return JSON.parse(stdout);
  }

  async function scan(message: string, from: string, to: string): Promise<{ action: string; symbols: string[] }> {
    const words = ['--ip', '192.0.2.1', '--from', from, '--rcpt', to, message];
    const { action, symbols } = (await ask(scanPort, ...words)) as { action: string; symbols: object };
    return { action, symbols: Object.keys(symbols).sort() };
  }

  const session = () => server.session();

  it('looks a sender up in a hash, and puts a suspicious message off', async () => {
    session().run('HSET', 'listed', 'seller@example.com', '');
    const first = await scan(folder.file('offer'), 'seller@example.com', 'ann@example.org');
    expect(first).toEqual({ action: 'soft reject', symbols: ['GREYLIST', 'LISTED'] });
    expect(session().run('KEYS', 'rg*')).toHaveLength(2);
    const again = await scan(folder.file('offer'), 'seller@example.com', 'ann@example.org');
    expect(again).toEqual({ action: 'soft reject', symbols: ['GREYLIST'] });
  });

  it('learns, and knows what it has learnt', async () => {
    expect(await ask(controlPort, 'learn_spam', folder.file('offer'))).toMatchObject({ success: true });
    expect(await ask(controlPort, 'learn_ham', folder.file('minutes'))).toMatchObject({ success: true });
    expect(session().run('HLEN', 'learned_ids')).toBe(2);
    const offered = await scan(folder.file('another-offer'), 'someone@example.net', 'bob@example.org');
    expect(offered).toEqual({ action: 'no action', symbols: ['BAYES_SPAM'] });
    const told = await scan(folder.file('more-minutes'), 'clerk@example.net', 'cho@example.org');
    expect(told).toEqual({ action: 'no action', symbols: ['BAYES_HAM'] });
  });

  it('limits the rate for a recipient', async () => {
    const ends: string[] = [];
    for (let i = 0; i < 4; i++) ends.push((await scan(folder.file('note'), 'x@example.net', 'dee@example.org')).action);
    expect(ends).toEqual(['no action', 'no action', 'soft reject', 'soft reject']);
  });

  it('keeps its history', async () => {
    const senders = async () => {
      const response = await fetch(`http://127.0.0.1:${controlPort}/history`);
      const { rows } = (await response.json()) as { rows: { sender_smtp: string }[] };
      return rows.map((row) => row.sender_smtp).sort();
    };
    const [clerk, seller, someone, x] = [
      'clerk@example.net',
      'seller@example.com',
      'someone@example.net',
      'x@example.net',
    ];
    await expect.poll(senders).toEqual([clerk, seller, seller, someone, x, x, x, x]);
  });

  it('meets no error', () => {
    const errors = String(session().run('INFO', 'errorstats')).match(/errorstat_\w+/g) ?? [];
    // Scripts are asked for by their hash first.
    expect(errors.filter((name) => name !== 'errorstat_NOSCRIPT')).toEqual([]);
    expect(log).not.toMatch(/redis.*(error|failed|cannot)/i);
  });
});

const MODULES = ['greylist', 'ratelimit', 'history_redis', 'multimap'];

const MESSAGES: Readonly<Record<string, string>> = {
  offer: 'buy now cheap pills and watches today while they last my dear friend',
  'another-offer': 'dear friend buy now cheap pills and watches today while they last again',
  minutes: 'the meeting of tuesday is moved to the large room on the second floor as agreed',
  'more-minutes': 'as agreed the meeting of tuesday is moved to the large room on the second floor once more',
  note: 'nothing that anybody has learnt',
};

/** Writes what rspamd reads, and answers where its configuration is. */
function prepare(folder: Folder, ports: Readonly<Record<string, number>>): string {
  mkdirSync(folder.file('modules'));
  mkdirSync(folder.file('no-languages'));
  for (const name of MODULES) symlinkSync(`/usr/share/rspamd/plugins/${name}.lua`, folder.file(`modules/${name}.lua`));
  writeFileSync(folder.file('rspamd.lua'), 'require "global_functions" ()\n');
  writeFileSync(folder.file('tld.dat'), 'com\nnet\norg\n');
  for (const [name, text] of Object.entries(MESSAGES)) {
    writeFileSync(folder.file(name), `From: a@example.net\nTo: b@example.org\nSubject: ${name}\n\n${text}\n`);
  }
  const written = readFileSync(new URL('rspamd.conf', import.meta.url), 'utf8');
  const values: Readonly<Record<string, string | number>> = { ...ports, FOLDER: folder.path };
  const config = folder.file('rspamd.conf');
  writeFileSync(
    config,
    written.replace(/\$\{(\w+)\}/g, (_, name: string) => String(values[name])),
  );
  return config;
}

async function answers(port: number): Promise<boolean> {
  const wire = await Wire.connect({ host: '127.0.0.1', port }).catch(() => undefined);
  wire?.close();
  return wire !== undefined;
}
