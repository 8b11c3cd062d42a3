import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigFileError, loadConfiguration } from '../../../../src/server/configuration/config-file.js';
import { Server } from '../../../../src/server/server.js';
import { type TemporaryFolder, temporaryFolder } from '../../../harness/folder.js';

const MONITOR = 'sentinel monitor mymaster 127.0.0.1 1 2';
const [ID, OTHER] = ['1'.repeat(40), '2'.repeat(40)] as const;

function load(folder: TemporaryFolder, lines: readonly string[], isSentinel = true): Server {
  const file = folder.file('sentinel.conf');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return new Server({ isSentinel, keepsFiles: false, configure: (one) => loadConfiguration(one, { file }) });
}

/** What the file says once the sentinel has been started and ended. */
async function rewritten(folder: TemporaryFolder, lines: readonly string[]): Promise<string[]> {
  const server = load(folder, lines);
  await server.start();
  server.session().run('SENTINEL', 'FLUSHCONFIG');
  await server.close();
  const text = readFileSync(folder.file('sentinel.conf'), 'latin1');
  return text.split('\n').filter((line) => line.startsWith('sentinel '));
}

describe("a sentinel's configuration file", () => {
  it('comes back as it was, with what the sentinel knows', async () => {
    using folder = temporaryFolder();
    const lines = [
      `sentinel myid ${ID}`,
      'sentinel resolve-hostnames yes',
      MONITOR,
      'sentinel down-after-milliseconds mymaster 5000',
      'sentinel failover-timeout mymaster 60000',
      'sentinel parallel-syncs mymaster 2',
      'sentinel auth-pass mymaster "a secret"',
      'sentinel auth-user mymaster watcher',
      'sentinel master-reboot-down-after-period mymaster 3000',
      'sentinel config-epoch mymaster 4',
      'sentinel leader-epoch mymaster 5',
      'sentinel known-replica mymaster 127.0.0.1 2',
      `sentinel known-sentinel mymaster 127.0.0.1 3 ${OTHER}`,
      'sentinel rename-command mymaster CONFIG hidden',
      'sentinel current-epoch 6',
      'sentinel announce-ip "10.0.0.1"',
      'sentinel announce-port 7',
      'sentinel sentinel-user watcher',
      'sentinel sentinel-pass secret',
    ];
    expect(await rewritten(folder, lines)).toEqual(lines);
  });

  it('may name things in any order, and by their old names', async () => {
    using folder = temporaryFolder();
    const lines = ['sentinel known-slave mymaster 127.0.0.1 2', 'sentinel config-epoch mymaster 3', MONITOR];
    const [replica, epoch, monitor] = await rewritten(folder, lines);
    expect(replica).toBe('sentinel known-replica mymaster 127.0.0.1 2');
    expect([epoch, monitor]).toEqual(lines.slice(1));
  });

  it('says nothing of what is as it is anyway', async () => {
    using folder = temporaryFolder();
    const lines = await rewritten(folder, ['sentinel down-after-milliseconds mymaster 30000', MONITOR]);
    expect(lines.filter((line) => /down-after|timeout|syncs|hostnames|deny/.test(line))).toEqual([]);
    expect(lines.find((line) => line.startsWith('sentinel myid'))).toMatch(/^sentinel myid [0-9a-f]{40}$/);
  });

  it.each([
    ['sentinel unheard-of x', 'Unrecognized sentinel configuration statement.'],
    ['sentinel monitor x 127.0.0.1 1', 'Unrecognized sentinel configuration statement.'],
    [MONITOR, 'Duplicate master name.'],
    ['sentinel monitor x 127.0.0.1 1 0', 'Quorum must be 1 or greater.'],
    ['sentinel monitor x localhost 1 1', "Can't resolve instance hostname."],
    ['sentinel monitor x 127.0.0.1 70000 1', 'Invalid port number.'],
    ['sentinel auth-user none x', 'No such master with specified name.'],
    ['sentinel down-after-milliseconds mymaster 0', 'negative or zero time parameter.'],
    ['sentinel failover-timeout mymaster x', 'negative or zero time parameter.'],
    ['sentinel master-reboot-down-after-period mymaster -1', 'negative time parameter.'],
    ['sentinel notification-script mymaster /none', 'Notification script seems non existing or non executable.'],
    [
      'sentinel client-reconfig-script mymaster /none',
      'Client reconfiguration script seems non existing or non executable.',
    ],
    ['sentinel myid short', 'Malformed Sentinel id in myid option.'],
    ['sentinel deny-scripts-reconfig x', 'Please specify yes or no for the deny-scripts-reconfig options.'],
    ['sentinel resolve-hostnames x', 'Please specify yes or no for the resolve-hostnames option.'],
    ['sentinel known-replica mymaster 127.0.0.1 9', 'Duplicate hostname and port for replica.'],
    [`sentinel known-sentinel mymaster 127.0.0.1 4 ${OTHER}`, 'Duplicate runid for sentinel.'],
    ['sentinel rename-command mymaster ping x', 'Same command renamed multiple times with rename-command.'],
    ['unheard-of x', 'Bad directive or wrong number of arguments'],
  ])('is refused with its line: %s', (line, problem) => {
    using folder = temporaryFolder();
    const before = [
      MONITOR,
      'sentinel known-replica mymaster 127.0.0.1 9',
      `sentinel known-sentinel mymaster 127.0.0.1 3 ${OTHER}`,
      'sentinel rename-command mymaster PING x',
    ];
    const fatal = `at line ${before.length + 1}\n>>> '${line}'\n${problem}`;
    expect(() => load(folder, [...before, line])).toThrow(fatal);
  });

  it('shows no password when a line is wrong', () => {
    using folder = temporaryFolder();
    const failure = () => load(folder, ['sentinel auth-pass none secret']);
    expect(failure).toThrow(ConfigFileError);
    expect(failure).not.toThrow('secret');
  });

  it('is none of a server that holds data', () => {
    using folder = temporaryFolder();
    expect(() => load(folder, [MONITOR], false)).toThrow('sentinel directive while not in sentinel mode');
  });
});
