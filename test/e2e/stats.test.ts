import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestDaemon } from '../harness/daemon.js';
import { temporaryFolder } from '../harness/folder.js';
import { freePorts } from '../harness/ports.js';
import { runHere, startProcess } from '../harness/program.js';
import { Wire } from '../harness/wire.js';

/** `lookupd stats` beside a daemon that runs. */
const folder = temporaryFolder();
const file = folder.file('lookupd.toml');
let daemon: TestDaemon;
let wire: Wire;
let other: Server;
let metrics = 0;
let nobody = 0;

const configuration = (port: number) => `[store.local]
type = "embedded"
[store.local.data]
k = "v"
[map.aliases]
store = "local"
[server.listener.postfix]
protocol = "socketmap"
bind = "127.0.0.1:0"
[server.listener.observe]
protocol = "http"
serve = ["metrics"]
bind = "127.0.0.1:${port}"
`;

beforeAll(async () => {
  [metrics = 0, nobody = 0] = await freePorts(2);
  writeFileSync(file, configuration(metrics));
  daemon = await TestDaemon.start(configuration(metrics));
  wire = await Wire.connect(daemon.address('postfix'));
  for (const [ask, answer] of [
    ['9:aliases k,', '4:OK v,'],
    ['9:aliases x,', '9:NOTFOUND ,'],
  ] as const) {
    wire.send(ask);
    await wire.expect(answer);
  }
  other = createServer((request, response) => {
    response.writeHead(request.url === '/metrics' ? 200 : 404).end('up 1\n');
  }).listen(0, '127.0.0.1');
  await once(other, 'listening');
});
afterAll(async () => {
  wire.close();
  other.close();
  await daemon.stop();
  folder[Symbol.dispose]();
});

const QUICK = ['--interval', '10ms'];

it('prints what the daemon did', async () => {
  const { code, out, err } = await runHere(['stats', '-c', file, ...QUICK]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^lookupd 0\.0\.0, up \S+/);
  expect(out).toMatch(/^LISTENER +OPEN +OPENED +REFUSED +TIMED OUT$/m);
  expect(out).toMatch(/^postfix +1 +1 +0 +0$/m);
  expect(out).toMatch(/^LISTENER +MAP +PER SECOND +FOUND +NOT FOUND +TEMPORARY +PERMANENT +P50 +P95 +P99$/m);
  expect(out).toMatch(/^postfix +aliases +0 +1 +1 +0 +0 +\d+\.\d\d ms/m);
  expect(out).toMatch(/^STORE +NODE +CONNECTED +BREAKER$/m);
});

it('is JSON for programs, of a store alone too', async () => {
  const all = await runHere(['stats', '-c', file, '--json', ...QUICK]);
  expect(JSON.parse(all.out)).toMatchObject({
    version: '0.0.0',
    lookups: [{ listener: 'postfix', map: 'aliases', total: { found: 1, 'not-found': 1 } }],
  });
  const one = await runHere(['stats', 'local', '-c', file, '--json', ...QUICK]);
  expect(Object.keys(JSON.parse(one.out) as object)).toEqual(expect.arrayContaining(['nodes', 'operations']));
  expect(one.out).not.toContain('"lookups"');
});

describe('--watch', () => {
  it('is an object per look, of what happened since the look before', async () => {
    const { code, out } = await runHere(['stats', '-c', file, '--watch', '--count', '3', '--json', ...QUICK]);
    const looks = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect({ code, looks: looks.length }).toEqual({ code: 0, looks: 3 });
    for (const look of looks) {
      expect(look).toMatchObject({ lookups: [{ perSecond: { found: 0 }, recentLatencyMs: { p50: null } }] });
    }
  });

  it('redraws a terminal’s other screen, which is gone at the end', async () => {
    const argv = ['stats', '-c', file, '--watch', '--count', '2', ...QUICK];
    const { out } = await runHere(argv, { isTerminal: true, env: { NO_COLOR: '1' } });
    expect(out).toMatch(/^\x1b\[\?1049h/);
    expect(out.split('\x1b[H')).toHaveLength(4);
    expect(out).toMatch(/\x1b\[\?1049l$/);
  });

  it('ends well when it is interrupted', async () => {
    const child = startProcess(['stats', '-c', file, '--watch', ...QUICK]);
    await once(child.stdout, 'data');
    child.stdout.resume();
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});

describe('says what is wrong', () => {
  it.each<[string, () => readonly string[], number, RegExp]>([
    [
      'nobody listens',
      () => ['--url', `http://127.0.0.1:${nobody}`],
      75,
      /^lookupd: no answer from 127\.0\.0\.1:\d+: nobody listens there; is the daemon running\?\n$/,
    ],
    [
      'a server offers no metrics',
      () => ['--url', `http://127.0.0.1:${portOf(other)}/readyz`],
      75,
      /it answers 404, and offers no metrics/,
    ],
    [
      'the metrics are another program’s',
      () => ['--url', `http://127.0.0.1:${portOf(other)}`],
      75,
      /not those of lookupd/,
    ],
    ['the URL is none', () => ['--url', '127.0.0.1:9090'], 2, /is no URL such as http:/],
    ['the store is unknown', () => ['lokal', '-c', file], 2, /has no store "lokal": did you mean "local"\?/],
    ['--count is alone', () => ['--count', '3', '-c', file], 2, /--count is for --watch/],
    ['no listener offers metrics', () => ['-c', withoutMetrics()], 2, /has no listener that offers metrics/],
  ])('%s', async (_, argv, code, message) => {
    const ended = await runHere(['stats', ...argv(), ...QUICK]);
    expect({ code: ended.code, out: ended.out }).toEqual({ code, out: '' });
    expect(ended.err).toMatch(message);
  });

  it('when the daemon ends while it is watched, and goes on', async () => {
    let requests = 0;
    const brief = createServer((_, response) => {
      if (++requests === 2) brief.close();
      response.end('lookupd_build_info{version="1"} 1\n');
    }).listen(0, '127.0.0.1');
    await once(brief, 'listening');
    const url = `http://127.0.0.1:${portOf(brief)}/metrics`;
    const { code, out } = await runHere(['stats', '--url', url, '--watch', '--json', '--count', '3', ...QUICK]);
    expect(code).toBe(0);
    const looks = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    const failed = { error: expect.stringContaining('nobody listens there') as string };
    expect(looks).toMatchObject([{ version: '1' }, failed, failed]);
  });
});

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function withoutMetrics(): string {
  const bare = folder.file('bare.toml');
  writeFileSync(bare, configuration(0).split('[server.listener.observe]')[0]!);
  return bare;
}
