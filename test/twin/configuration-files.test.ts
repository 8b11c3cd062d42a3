import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigFileError, loadConfiguration, optionsToLines } from '../../src/server/configuration/config-file.js';
import { Configuration } from '../../src/server/configuration/configuration.js';
import { Server } from '../../src/server/server.js';
import { defaultSettings } from '../../src/server/settings.js';
import { temporaryFolder } from '../harness/folder.js';
import { executable, requireProgram } from '../harness/programs.js';
import { type RedisServer, startRedis } from '../harness/redis.js';

/** Files and command lines that cannot be used, in the words of redis-server; and CONFIG REWRITE, from one to the other. */
describe.skipIf(!requireProgram('redis'))('configuration files, as real Redis', () => {
  const refusalOfReal = (args: readonly string[], input: string) => {
    const { stderr, stdout } = spawnSync(executable('redis-server')!, args, {
      input,
      encoding: 'utf8',
      timeout: 20_000,
    });
    return (stderr.trim() || stdout.replace(/^\d+:\w [^#]*# /, '')).trim();
  };
  const refusalOfOurs = (args: readonly string[], input: string) => {
    const [first = ''] = args;
    const file = first.startsWith('-') || first === '' ? undefined : first;
    const options = args.slice(file === undefined ? 0 : 1).filter((word) => word !== '-');
    const server = () =>
      new Server({
        configure: (configuration) =>
          loadConfiguration(configuration, { file, input, options: optionsToLines(options) }),
      });
    try {
      server();
    } catch (error) {
      if (error instanceof ConfigFileError) return error.message;
      throw error;
    }
    return 'nothing wrong';
  };

  it.each([
    [['--nosuch', '1']],
    [['--port']],
    [['--port', '7', '8']],
    [['--port', 'x']],
    [['--port 7 8']],
    [['--maxmemory', '1tb']],
    [['--port', '0', '--save', '1']],
    [['--save', 'x', 'y']],
    [['--bind', ...Array.from({ length: 17 }, () => '127.0.0.1')]],
    [['--replicaof', 'host']],
    [['--replicaof', 'host', 'x']],
    [['--client-output-buffer-limit', 'normal', '0', '0']],
    [['--oom-score-adj-values', '1', '2']],
    [['--rename-command', 'get']],
    [['--rename-command', 'nosuch', 'x']],
    [['--rename-command', 'get', 'set']],
    [['--user']],
    [['--loadmodule']],
    [['--include', '/nosuch/file']],
    [['--dir', '/nosuch']],
    [['--dir', '/etc/passwd']],
    [['--logfile', '/nosuch/log', '--port', '0']],
    [['--unixsocketperm', '888']],
    [['--unixsocketperm', '1777']],
    [['--databases', '0']],
    [['--appendfilename', '']],
    [['--appenddirname', 'a/b']],
    [['--loglevel', 'loud']],
    [['--maxmemory-policy', 'some']],
    [['--activedefrag', 'yes']],
    [['/nosuch.conf']],
    [['-'], 'port 0\n\n# x\nrequirepass "open\n'],
    [['-'], 'port 0\nbind "a\n'],
    [['-', '--nosuch', 'x'], 'port 0\n'],
    [['-'], 'sentinel monitor x 127.0.0.1 1 1\n'],
    [['-'], '  Port   0  \n\tNOSUCH\t1\t\n'],
    [['-'], "port 0\nlogfile 'a'b\n"],
  ])('%j', (args, input = '') => {
    const expected = refusalOfReal(args, input).replace(/^(>>> '(?:requirepass)) .*'$/m, "$1 (redacted)'");
    expect(refusalOfOurs(args, input)).toBe(expected);
  });

  /** What a file may hold, in an order that nobody would keep. */
  const WRITTEN = [
    '# my server',
    '',
    '   timeout 100',
    'save 900 1',
    'rename-command DEBUG ""',
    'save 300 10',
    '',
    '',
    'maxmemory 100mb',
    'slave-priority 50',
    'client-output-buffer-limit pubsub 1mb 512kb 10',
    'save 60 10000',
    'loglevel notice',
    'logfile ""',
    'notify-keyspace-events ""',
    'maxmemory 200mb',
    'include INCLUDED',
    'user mail on >secret ~alias:* +@read',
    'masterauth "a \\"b\\" \\xe9"',
    'replica-announce-ip 192.0.2.1',
    'list-max-ziplist-size -3',
    'latency-tracking-info-percentiles 50 99.9',
  ];
  const CHANGES = [
    ['maxmemory', '1gb', 'save', '10 1 20 2', 'timeout', '0', 'notify-keyspace-events', 'KEA'],
    ['client-output-buffer-limit', 'normal 1000 0 0', 'oom-score-adj-values', '1 2 3', 'hz', '50'],
    ['masterauth', 'x\r\n"\\', 'maxmemory-clients', '5%', 'slowlog-max-len', '5', 'replica-announce-ip', ''],
    ['save', '', 'latency-tracking-info-percentiles', '', 'proto-max-bulk-len', '100mb'],
  ];

  interface Sides {
    readonly real: RedisServer;
    readonly ours: Server;
    readonly files: readonly [real: string, ours: string];
  }

  async function rewriting(use: (sides: Sides) => Promise<void>): Promise<void> {
    using folder = temporaryFolder();
    writeFileSync(folder.file('included'), 'appendfsync always\n');
    const text = `${WRITTEN.join('\n')}\n`.replace('INCLUDED', folder.file('included'));
    const files = [folder.file('real.conf'), folder.file('ours.conf')] as const;
    for (const file of files) writeFileSync(file, text);
    const real = await startRedis({ file: files[0], directives: { 'list-compress-depth': '1' } });
    const shared = { bind: '127.0.0.1', dir: real.folder, unixsocket: real.path, save: '', appendonly: 'no' };
    const rest = { 'repl-diskless-sync-delay': '0', 'repl-ping-replica-period': '1', port: String(real.port) };
    const options = Object.entries({ ...shared, ...rest, 'list-compress-depth': '1' });
    const ours = new Server({
      keepsFiles: false,
      configure: (configuration) => {
        const lines = optionsToLines(options.flatMap(([name, value]) => [`--${name}`, value]));
        loadConfiguration(configuration, { file: files[1], options: lines });
      },
    });
    try {
      await ours.start();
      await use({ real, ours, files });
    } finally {
      await ours.close();
      await real.stop();
    }
  }

  async function rewrite({ real, ours, files }: Sides, change: readonly string[]): Promise<[string, string]> {
    const session = ours.session();
    for (const words of change.length > 0 ? [['SET', ...change], ['REWRITE']] : [['REWRITE']]) {
      expect(session.run('CONFIG', ...words), words.join(' ')).toBe('OK');
      expect(await real.command('CONFIG', ...words), words.join(' ')).toBe('OK');
    }
    return files.map((file) => readFileSync(file, 'latin1')) as [string, string];
  }

  /** In the order of the file; behind the mark, which Redis fills in an order of its own, sorted. */
  function sorted(text: string): string[] {
    const lines = text.split('\n');
    const mark = lines.indexOf('# Generated by CONFIG REWRITE');
    return [...lines.slice(0, mark), ...lines.slice(mark).sort()];
  }

  it('rewrites a file as redis-server does, again and again', async () => {
    await rewriting(async (sides) => {
      for (const change of [[], ...CHANGES, []]) {
        const [theirs, own] = await rewrite(sides, change);
        expect(sorted(own), change.join(' ')).toEqual(sorted(theirs));
      }
    });
  });

  it('writes what redis-server reads, and reads what it writes', async () => {
    await rewriting(async (sides) => {
      for (const change of CHANGES) {
        const [theirs] = await rewrite(sides, change);
        const own = new Configuration(defaultSettings(), { user: () => undefined, 'rename-command': () => undefined });
        loadConfiguration(own, { input: theirs });
        expect(told(own.matching('*').flat())).toEqual(told(await sides.real.command('CONFIG', 'GET', '*')));
      }
      const { files, ours } = sides;
      const again = await startRedis({ file: files[1] });
      try {
        const values = told(await again.command('CONFIG', 'GET', '*'));
        expect(values).toEqual(told(ours.configuration.matching('*').flat()));
      } finally {
        await again.stop();
      }
    });
  });
});

/** What CONFIG GET answers, without what each server of a test has of its own. */
function told(reply: unknown): Map<string, string> {
  const words = (reply as readonly unknown[]).map((word) =>
    Buffer.isBuffer(word) ? word.toString('latin1') : String(word),
  );
  const values = new Map(Array.from({ length: words.length / 2 }, (_, i) => [words[i * 2]!, words[i * 2 + 1]!]));
  for (const name of OF_THE_TEST) values.delete(name);
  return new Map([...values].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The harness gives redis-server these on its command line. */
const OF_THE_TEST = [
  'port',
  'dir',
  'bind',
  'unixsocket',
  'save',
  'repl-diskless-sync-delay',
  'repl-ping-replica-period',
];
