import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../src/server/configuration/config-file.js';
import { Server } from '../../src/server/server.js';
import { type TemporaryFolder, temporaryFolder } from '../harness/folder.js';
import { executable, requireProgram } from '../harness/programs.js';

/** What is wrong with a sentinel.conf is told as redis-server tells it. */
const KNOWN = [
  'sentinel monitor mymaster 127.0.0.1 1 2',
  'sentinel known-replica mymaster 127.0.0.1 9',
  `sentinel known-sentinel mymaster 127.0.0.1 3 ${'2'.repeat(40)}`,
  'sentinel rename-command mymaster PING x',
];

const WRONG = [
  'sentinel unheard-of x',
  'sentinel monitor x 127.0.0.1 1',
  'sentinel monitor mymaster 127.0.0.1 1 2',
  'sentinel monitor x 127.0.0.1 1 0',
  'sentinel monitor x 127.0.0.1 1 x',
  'sentinel monitor x localhost 1 1',
  'sentinel monitor x 127.0.0.1 70000 1',
  'sentinel auth-user none x',
  'sentinel down-after-milliseconds mymaster 0',
  'sentinel failover-timeout mymaster x',
  'sentinel master-reboot-down-after-period mymaster -1',
  'sentinel notification-script mymaster /none',
  'sentinel client-reconfig-script mymaster /none',
  'sentinel myid short',
  'sentinel deny-scripts-reconfig x',
  'sentinel resolve-hostnames x',
  'sentinel announce-hostnames x',
  'sentinel known-replica mymaster 127.0.0.1 9',
  `sentinel known-sentinel mymaster 127.0.0.1 4 ${'2'.repeat(40)}`,
  'sentinel rename-command mymaster PING y',
  'SENTINEL MYID short',
  'unheard-of x',
];

describe.skipIf(!requireProgram('redis'))('a sentinel.conf that is wrong, as real Redis', () => {
  it.each(WRONG)('%s', (line) => {
    using folder = temporaryFolder();
    const file = folder.file('sentinel.conf');
    // It would listen nowhere, and ends before that.
    writeFileSync(file, `${['port 0', ...KNOWN, line].join('\n')}\n`);
    expect(ours(file)).toBe(real(folder, file));
  });
});

function real({ path }: TemporaryFolder, file: string): string {
  const { stderr } = spawnSync(executable('redis-server')!, [file, '--sentinel'], { cwd: path, timeout: 20_000 });
  return stderr.toString().trim();
}

function ours(file: string): string {
  try {
    new Server({ isSentinel: true, keepsFiles: false, configure: (one) => loadConfiguration(one, { file }) });
    return 'it is right';
  } catch (error) {
    return (error as Error).message;
  }
}
