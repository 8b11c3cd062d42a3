import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigFileError, loadConfiguration, optionsToLines } from '../../../src/server/configuration/config-file.js';
import { Configuration, RefusedChange, UnknownDirective } from '../../../src/server/configuration/configuration.js';
import { directives } from '../../../src/server/configuration/directives.js';
import { rewritten } from '../../../src/server/configuration/rewrite.js';
import { Server } from '../../../src/server/server.js';
import { defaultSettings } from '../../../src/server/settings.js';
import { temporaryFolder } from '../../harness/folder.js';

function configured(text: string) {
  const settings = defaultSettings();
  const configuration = new Configuration(settings);
  loadConfiguration(configuration, { input: text });
  return { settings, configuration };
}

describe('directives', () => {
  it('are all that Redis 7.0 has, each name once', () => {
    const names = directives
      .filter(({ hidden }) => hidden !== true)
      .flatMap(({ name, alias }) => (alias === undefined ? [name] : [name, alias]));
    expect(names).toHaveLength(192);
    expect(new Set(names).size).toBe(192);
  });

  it('print their defaults as texts they accept', () => {
    for (const { name, type, initial } of directives) {
      const text = type.format(initial);
      if (text === '' && name !== 'notify-keyspace-events') continue;
      expect(type.format(type.parse(type.manyWords ? text.split(' ') : [text])), name).toBe(text);
    }
  });

  it.each([
    ['timeout 5', 'idleTimeout', 5000],
    ['tcp-keepalive 0', 'tcpKeepalive', 0],
    ['requirepass "a b"', 'password', 'a b'],
    ["requirepass 'it''s'", undefined, 'Unbalanced quotes in configuration line'],
    ['maxmemory 1kb', 'maxMemory', 1024],
    ['maxmemory 1k', 'maxMemory', 1000],
    ['MAXMEMORY 2GB', 'maxMemory', 2 * 1024 ** 3],
    ['maxmemory 1tb', undefined, 'argument must be a memory value'],
    ['lua-time-limit 7', 'scriptLimit', 7],
    ['hash-max-ziplist-entries 9', 'hashMaxListpackEntries', 9],
    ['protected-mode NO', 'protectedMode', false],
    ['protected-mode maybe', undefined, "argument must be 'yes' or 'no'"],
    ['unixsocketperm 999', undefined, "argument couldn't be parsed as an octal number"],
    ['tls-cluster yes', undefined, 'TLS between nodes is not available yet'],
    ['maxclients 1 2', undefined, 'wrong number of arguments'],
    ['requirepass', undefined, 'wrong number of arguments'],
    ['oom-score-adj-values', undefined, 'wrong number of arguments'],
    ['replicaof', undefined, 'wrong number of arguments'],
    ['loadmodule /x.so', undefined, 'modules cannot be loaded here'],
    ['nosuch', undefined, 'Bad directive or wrong number of arguments'],
    ['dbfilename a/b', undefined, "dbfilename can't be a path, just a filename"],
    ['enable-debug-command local', 'enableDebug', 'local'],
  ] as const)('%s', (line, setting, expected) => {
    if (setting === undefined) expect(() => configured(line)).toThrow(expected);
    else expect(configured(line).settings[setting]).toBe(expected);
  });

  it('may be none for those that take several', () => {
    const { configuration } = configured('save\nlatency-tracking-info-percentiles\n');
    expect(configuration.get('save')).toBe('');
    expect(configuration.get('latency-tracking-info-percentiles')).toBe('');
  });

  it('are refused with their line', () => {
    expect(() => configured('# first\n\nport 7000\nmaxclients x\n')).toThrow(
      "*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***\nReading the configuration file, at line 4\n>>> 'maxclients x'\nargument couldn't be parsed into an integer",
    );
  });

  it('are refused without telling a password', () => {
    expect(() => configured('requirepass "verysecret')).toThrow(">>> 'requirepass (redacted)'\nUnbalanced quotes");
  });

  it('add up when they are save, and keep what they do not name when they are buffer limits', () => {
    const { configuration } = configured('save 900 1\nsave 300 10\nclient-output-buffer-limit pubsub 1mb 0 0');
    expect(configuration.get('save')).toBe('900 1 300 10');
    expect(configuration.get('client-output-buffer-limit')).toBe(
      'normal 0 0 0 slave 268435456 67108864 60 pubsub 1048576 0 0',
    );
    expect(configured('save ""').configuration.get('save')).toBe('');
  });

  it('come from included files, which may not include each other for ever', () => {
    using folder = temporaryFolder();
    writeFileSync(folder.file('a'), `maxclients 5\ninclude ${folder.file('b')}\n`);
    writeFileSync(folder.file('b'), 'timeout 6\n');
    const { settings } = configured(`include ${folder.file('a')}`);
    expect([settings.maxClients, settings.idleTimeout]).toEqual([5, 6000]);
    writeFileSync(folder.file('b'), `include ${folder.file('a')}\n`);
    expect(() => configured(`include ${folder.file('a')}`)).toThrow(/Too many included files/);
    expect(() => configured('include /nosuch/file')).toThrow(ConfigFileError);
  });

  it('come from all files that a pattern names, in their order, be it none', () => {
    using folder = temporaryFolder();
    mkdirSync(folder.file('conf.d'));
    writeFileSync(folder.file('conf.d/10-a.conf'), 'maxclients 5\ntimeout 5');
    writeFileSync(folder.file('conf.d/20-b.conf'), 'timeout 6\n');
    writeFileSync(folder.file('conf.d/.30-c.conf'), 'timeout 7\n');
    writeFileSync(folder.file('conf.d/40-d.conf~'), 'timeout 8\n');
    for (const pattern of ['conf.d/*.conf', 'con?.d/[12]0-*.conf', 'c*/[!3]0-*f']) {
      const { settings } = configured(`dir ${folder.path}\ninclude ${pattern}`);
      expect([settings.maxClients, settings.idleTimeout], pattern).toEqual([5, 6000]);
    }
    expect(configured(`include ${folder.file('conf.d/*.nothing')}\ninclude /nosuch/*/x`)).toBeDefined();
  });

  it('may take back what is not there', () => {
    expect(configured('tls-cluster yes\ntimeout 1\ntls-cluster no').settings.idleTimeout).toBe(1000);
    expect(() => configured('timeout 1\ntls-cluster yes\ntimeout 2')).toThrow(
      "at line 2\n>>> 'tls-cluster yes'\nTLS between nodes is not available yet",
    );
    expect(() => new Server({ directives: { 'tls-cluster': 'yes' } })).toThrow(
      'TLS between nodes is not available yet',
    );
  });

  it('of a node of a cluster name no primary', () => {
    expect(() => configured('cluster-enabled yes\nreplicaof 127.0.0.1 7000')).toThrow(
      'replicaof directive not allowed in cluster mode',
    );
  });

  it('of old files are taken', () => {
    expect(configured('list-max-ziplist-entries 5\nlua-replicate-commands yes')).toBeDefined();
    expect(() => configured('list-max-ziplist-entries 5 6')).toThrow('Bad directive');
  });

  it('come from the command line', () => {
    const line = [
      '--port',
      '7000',
      '--save',
      '',
      '--save',
      '60',
      '1',
      '--requirepass',
      'a "b" c',
      '--replica-announced',
    ];
    expect(optionsToLines(line)).toBe(
      'port "7000"\nsave ""\nsave "60" "1"\nrequirepass "a \\"b\\" c"\nreplica-announced',
    );
  });
});

describe('CONFIG SET', () => {
  it('changes all or nothing', () => {
    const { configuration, settings } = configured('');
    const change = () => configuration.set([['timeout', '5'], ['maxclients', 'x']]); // biome-ignore format: two pairs
    expect(change).toThrow(RefusedChange);
    expect(settings.idleTimeout).toBe(0);
    expect(() => configuration.set([['timeout', '5'], ['nosuch', '1']])).toThrow(UnknownDirective); // biome-ignore format: two pairs
    expect(settings.idleTimeout).toBe(0);
  });

  it('takes effect at once', async () => {
    const server = new Server();
    const session = server.session();
    session.run('CONFIG', 'SET', 'maxmemory', '1');
    session.run('SET', 'k', 'v');
    expect(String(session.run('SET', 'k', 'v'))).toContain('OOM');
    session.run('CONFIG', 'SET', 'maxmemory', '0', 'list-max-listpack-size', '-5');
    expect(session.run('SET', 'k', 'v')).toBe('OK');
    expect(server.settings.listMaxListpackSize).toBe(-5);
    await server.close();
  });

  it('asks new clients for a new password', async () => {
    const server = new Server({ directives: { requirepass: 'old' } });
    expect(server.settings.password).toBe('old');
    server.session().run('CONFIG', 'SET', 'requirepass', 'new');
    expect(server.settings.password).toBe('new');
    expect(() => new Server({ directives: { nosuch: '1' } })).toThrow(/Bad directive/);
    await server.close();
  });
});

describe('CONFIG REWRITE', () => {
  const rewrite = (text: string, configuration: Configuration) =>
    rewritten(
      text,
      configuration.fileLines(false).filter(({ name }) => name !== 'dir'),
      configuration,
    );

  it('keeps comments and order, changes values, drops repetitions, adds what is new', () => {
    const text = '# mine\nmaxclients 10\n\nport 6379 # not a comment\nsave 900 1\nsave 300 10\nnosuch 1\nmaxclients 11';
    const { configuration } = configured('maxclients 10\nsave 900 1\n');
    void configuration.set([['maxclients', '20'], ['requirepass', 'a b'], ['maxmemory', '2147483648']]); // biome-ignore format: pairs
    expect(rewrite(text, configuration)).toBe(
      '# mine\nmaxclients 20\n\nport 6379\nsave 900 1\n\n# ??? nosuch 1\n\n# Generated by CONFIG REWRITE\n' +
        'bind 127.0.0.1 -::1\nrequirepass "a b"\nmaxmemory 2gb\n',
    );
  });

  it('can be read back when everything is written', () => {
    const { configuration } = configured('port 7000\n');
    const again = configured(rewritten('', configuration.fileLines(true), configuration)).configuration;
    for (const { name } of directives) expect(again.get(name), name).toBe(configuration.get(name));
  });

  it('leaves out a primary that is followed no more', () => {
    const { settings, configuration } = configured('replicaof 192.0.2.1 6379\nport 7000\n');
    settings.primary = '';
    expect(rewrite('slaveof 192.0.2.1 6379\nport 7000\nbind *\nsave 1 1', configuration)).toMatch(
      /^\nport 7000\nbind /,
    );
  });

  it('writes what it reads back', () => {
    const { configuration } = configured('requirepass "x\\"y\\\\z\\xff"\nnotify-keyspace-events KEA\nsave ""\n');
    const again = configured(rewrite('', configuration)).configuration;
    for (const name of ['requirepass', 'notify-keyspace-events', 'save']) {
      expect(again.get(name), name).toBe(configuration.get(name));
    }
    expect(again.get('requirepass')).toBe('x"y\\z\xff');
  });
});
