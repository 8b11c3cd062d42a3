import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config/load.js';
import { openConfigured } from '../../src/stores/factory.js';
import { TestDaemon } from '../harness/daemon.js';
import { DocShell, isInstalled } from '../harness/doc-shell.js';
import { temporaryFolder } from '../harness/folder.js';
import { type Block, blocksOf, linesInComments, shellLines } from '../harness/markdown.js';
import { configurations, markdownPages, ROOT } from '../harness/pages.js';
import { freePorts } from '../harness/ports.js';
import { runHere } from '../harness/program.js';
import { requireProgram } from '../harness/programs.js';
import { ServerProcess } from '../harness/server-process.js';
import { Wire } from '../harness/wire.js';

/**
 * The documentation runs: TOML is read as a configuration, shell lines are run beside a daemon on
 * config/lookupd.toml and print what the page says, main.cf lines are read by Postfix and their tables and policy services
 * asked, maps of Rspamd are asked as it asks, a redis.conf or sentinel.conf is what the bundled server starts with. TypeScript
 * is in docs-typescript.test.ts. A block that no rule covers fails, so that nothing is left out without being seen.
 */
const blocks = markdownPages().flatMap((page) => blocksOf(page, join(ROOT, page)));
const of = (language: string) => blocks.filter((block) => block.language === language);
const place = ({ file, line }: Block) => `${file}:${line}`;

/** Languages with a rule here, in docs-typescript.test.ts, or in the test that is named after the program. */
const COVERED = new Set([
  // Of a daemon's minute, which a long test has seen.
  'log',
  // Of real programs at work, which `npm run transcripts` has seen.
  'transcript',
  'toml',
  'sh',
  'ini',
  'ucl',
  'ts',
  'conf',
  'exim',
  'm4',
  'sendmail-bt',
  'lua',
  'rspamd',
  'haraka-js',
  'haraka-plugins',
  'haraka-ini',
  'smtpd',
  'smtpd-6',
  'dovecot',
  'dovecot-dict',
  'dovecot-2.4',
]);

test.each(of('conf'))('a redis.conf starts the server: $file:$line', async ({ text }) => {
  using folder = temporaryFolder();
  const [port = 0] = await freePorts(1);
  writeFileSync(folder.file('redis.conf'), text);
  const mode = /^sentinel /m.test(text) ? ['--sentinel'] : [];
  const directives = ['--port', String(port), '--dir', folder.path];
  await using server = new ServerProcess([...mode, folder.file('redis.conf'), ...directives]);
  await server.ready();
});

test('every block of the documentation has a rule', () => {
  const uncovered = blocks.filter((block) => !COVERED.has(block.language) && !isDrawing(block) && !isUsage(block));
  expect(uncovered.map(place)).toEqual([]);
});

test('every link to a file of the project leads to one', () => {
  const dead = markdownPages().flatMap((page) => {
    const links = [...readFileSync(join(ROOT, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)];
    return links.map((link) => link[1]!).filter((link) => !existsSync(join(ROOT, dirname(page), link)));
  });
  expect(dead).toEqual([]);
});

describe('the usage of commands', () => {
  test.each(blocks.filter(isUsage).map((block) => ({ name: place(block), text: block.text })))(
    '$name is what --help prints',
    async ({ text }) => {
      const { code, out } = await runHere([text.split(' ')[1]!, '--help']);
      // Pages leave out the options of a command that has none but --help.
      const bare = (usage: string) => usage.replace(' [options]', '');
      expect({ code, usage: bare(out.split('\n')[0]!) }).toEqual({ code: 0, usage: bare(`Usage: ${text}`) });
    },
  );
});

function isUsage({ language, text }: Block): boolean {
  return language === '' && /^lookupd [a-z-]+(?: [[<].*)?$/.test(text);
}

function isDrawing({ language, text }: Block): boolean {
  return language === '' && /[─│└]/.test(text);
}

describe('TOML', () => {
  const texts = [
    ...of('toml').map((block) => ({ name: place(block), text: block.text })),
    ...configurations()
      // Listens on all addresses of its container, which is warned of: container.test.ts says of what exactly.
      .filter((file) => file !== join('config', 'docker', 'lookupd.toml'))
      .map((file) => ({ name: file, text: readFileSync(join(ROOT, file), 'utf8') })),
  ];

  test.each(texts)('$name has no problem', ({ text }) => {
    expect(readConfig({ text }, { env: ENVIRONMENT, readFile, fileMode: () => 0o600 }).problems).toEqual([]);
  });
});

/** What the pages' macros name. */
const ENVIRONMENT = {
  REDIS_PASSWORD: 'secret',
  SENTINEL_PASSWORD: 'secret',
  CREDENTIALS_DIRECTORY: '/run/credentials/lookupd.service',
};
const FILES: Readonly<Record<string, string>> = {
  '/run/secrets/redis': 'secret\n',
  '/run/credentials/lookupd.service/redis': 'secret\n',
  '/etc/lookupd/tls/ca.pem': '-----BEGIN CERTIFICATE-----\n',
  '/etc/lookupd/tls/client.pem': '-----BEGIN CERTIFICATE-----\n',
  '/etc/lookupd/tls/client.key': '-----BEGIN PRIVATE KEY-----\n',
};

function readFile(path: string): Buffer {
  const text = FILES[path];
  if (text === undefined) throw Object.assign(new Error(`no page names ${path}`), { code: 'ENOENT' });
  return Buffer.from(text);
}

describe('beside a daemon on config/lookupd.toml', () => {
  const shell = new DocShell();
  beforeAll(() => shell.start());
  afterAll(() => shell.stop());

  const scripts = [
    ...of('sh').map((block) => ({ name: place(block), lines: shellLines(block.text), output: block.output })),
    ...configurations().map((file) => ({
      name: file,
      lines: linesInComments(readFileSync(join(ROOT, file), 'utf8')),
      output: undefined,
    })),
  ].filter(({ lines }) => lines.length > 0);

  describe.each(scripts)('$name', ({ lines, output }) => {
    test('has lines that are known', () => {
      expect(lines.filter((line) => kindOf(line) === 'unknown')).toEqual([]);
    });

    test.skipIf(!lines.every(canRun))(lines[0]!, async () => {
      let printed = '';
      for (const line of lines) printed += await follow(line);
      if (output !== undefined) expectPrinted(printed, output.text);
    });
  });

  async function follow(line: string): Promise<string> {
    switch (kindOf(line)) {
      case 'npm':
        expect(SCRIPTS, line).toHaveProperty(npmScript(line) ?? 'start');
        return '';
      case 'daemon':
        return '';
      case 'service':
        await shell.startService(line);
        return '';
      case 'command':
      case 'unknown': {
        const { code, stdout, stderr } = await shell.run(line);
        expect({ line, code, stderr }).toEqual({ line, code: 0, stderr: '' });
        return stdout;
      }
    }
  }

  describe.skipIf(!requireProgram('postfix'))('main.cf', () => {
    test.each(of('ini').map((block) => ({ name: place(block), text: block.text })))(
      '$name is read by Postfix and names tables that answer',
      async ({ text }) => {
        const folder = shell.postfixFolder(text);
        expect(await shell.run(`postconf -c ${folder} -n`)).toMatchObject({ code: 0, stderr: '' });
        for (const [table, map = 'aliases'] of text.matchAll(/(?:socketmap:inet|tcp):127\.0\.0\.1:\d+(?::(\w+))?/g)) {
          await expectAnswers(folder, table, KNOWN[map]!);
        }
      },
    );

    const sockets = of('ini').flatMap((block) =>
      [...block.text.matchAll(/socketmap:unix:(\/\S+):(\w+)/g)].map(([table, path, map]) => ({
        name: `${place(block)} ${table}`,
        file: block.file,
        text: block.text,
        path: path!,
        map: map!,
      })),
    );

    test.each(sockets)('$name answers where its page puts the socket', async ({ file, text, path, map }) => {
      using chroot = temporaryFolder();
      const toml = of('toml').find((block) => block.file === file && block.text.includes(`${path}"`))!.text;
      mkdirSync(dirname(chroot.file(path)));
      const [key, value] = KNOWN[map]!;
      const data = `[store."local".data]\n"alias:${key}" = "${value}"`;
      const here = toml.replace(/unix:[^"]+/, `unix:${chroot.file(path)}`).replace(/^group = .+$/m, '');
      const daemon = await TestDaemon.start(`${here}\n${data}`, { openStore: (config) => openConfigured(config) });
      try {
        await expectAnswers(shell.postfixFolder(text), `socketmap:unix:${chroot.file(path)}:${map}`, KNOWN[map]!);
      } finally {
        await daemon.stop();
      }
    });

    /** A key that is there, and one that is not: the table says so without an error. */
    async function expectAnswers(folder: string, table: string, [key, value]: readonly [string, string]) {
      const hit = await shell.run(`postmap -c ${folder} -q ${key} ${table}`);
      expect({ table, ...hit }).toEqual({ table, code: 0, stdout: `${value}\n`, stderr: '' });
      const miss = await shell.run(`postmap -c ${folder} -q nobody@nowhere.example ${table}`);
      expect({ table, ...miss }).toEqual({ table, code: 1, stdout: '', stderr: '' });
    }
  });

  describe.skipIf(!isInstalled('curl'))('external maps', () => {
    test.each(of('ucl').map((block) => ({ name: place(block), text: block.text })))(
      '$name has a map that answers',
      async ({ text }) => {
        const urls = [...text.matchAll(/"(http:[^"]+)"/g)].map((match) => match[1]!);
        expect(urls).not.toEqual([]);
        for (const url of urls) {
          const asked = await shell.run(`curl -s -o /dev/null -w '%{http_code}' '${url}?key=nobody%40nowhere.example'`);
          expect({ url, ...asked }).toEqual({ url, code: 0, stdout: '404', stderr: '' });
          const known = await shell.run(`curl -s '${url}?key=nobody'`);
          expect(JSON.parse(known.stdout)).toMatchObject({ error: 'not-found' });
        }
      },
    );
  });
});

/** What config/lookupd.toml knows: a key of each map, and its value. */
const KNOWN: Readonly<Record<string, readonly [key: string, value: string]>> = {
  aliases: ['sales@example.com', 'ann@example.com, bob@example.com'],
  domains: ['example.com', '1'],
  transports: ['ann@example.org', 'smtp:[192.0.2.25]:25'],
  vip: ['x@partner.example', 'partner'],
};

/** What a policy service says first: Postfix asks the one of 10027 at RCPT and the one of 10028 at DATA. */
describe('policy services', () => {
  const DIALOGUES: Readonly<Record<string, readonly [attribute: string, answer: string]>> = {
    10027: ['recipient=bob@example.org', 'action=DEFER_IF_PERMIT 4.2.0 Greylisted, try again in 300 seconds\n\n'],
    10028: ['sasl_username=ann', 'action=DUNNO\n\n'],
  };
  const services = of('ini').flatMap((block) =>
    [...block.text.matchAll(/check_policy_service inet:127\.0\.0\.1:(\d+)/g)].map((match) => ({
      name: `${place(block)} port ${match[1]!}`,
      file: block.file,
      port: match[1]!,
    })),
  );

  test.each(services)('$name decides, by the configuration of its page', async ({ file, port }) => {
    const listener = new RegExp(
      `\\[server\\.listener\\."(.+)"\\]\nprotocol = "policy"\nbind = "127\\.0\\.0\\.1:${port}"`,
    );
    const own = of('toml').find((block) => block.file === file && listener.test(block.text));
    const toml = own?.text ?? readFileSync(join(ROOT, 'config/lookupd.toml'), 'utf8');
    const here = toml
      .replaceAll(/^bind = "127\.0\.0\.1:\d+"/gm, 'bind = "127.0.0.1:0"')
      .replaceAll(/^type = "redis"\nurl = .+$/gm, 'type = "embedded"');
    const daemon = await TestDaemon.start(here, { openStore: (config) => openConfigured(config) });
    try {
      const wire = await Wire.connect(daemon.address(listener.exec(toml)![1]!));
      const [attribute, answer] = DIALOGUES[port]!;
      wire.send(`request=smtpd_access_policy\nclient_address=192.0.2.1\nsender=ann@example.net\n${attribute}\n\n`);
      await wire.expect(answer);
      wire.close();
    } finally {
      await daemon.stop();
    }
  });
});

/** What a line is: run as it is, or one of those that stand for something this test has done already. */
type LineKind = 'npm' | 'daemon' | 'service' | 'command' | 'unknown';

const NPM = /^(?:[A-Z_]+=\S+ )*npm (?:(ci)|(start|test)|run (\S+))(?:\s+#.*)?$/;

/** The programs that pages may use. */
const PROGRAMS = new Set(['lookupd', 'curl', 'postmap', 'redis-cli', 'echo', 'printf', 'cp', 'mkdir']);

function kindOf(line: string): LineKind {
  if (NPM.test(line)) return 'npm';
  if (/^lookupd serve\b/.test(line)) return 'daemon';
  if (/^lookupd server .*--port/.test(line)) return 'service';
  return programsOf(line).every((program) => PROGRAMS.has(program)) ? 'command' : 'unknown';
}

/** The script of package.json that an npm line runs; undefined for `npm ci`. */
function npmScript(line: string): string | undefined {
  const [, , script, named] = NPM.exec(line) ?? [];
  return script ?? named;
}

const SCRIPTS = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object }).scripts;

/** The first word of each command of a line; quoted text holds none. */
function programsOf(line: string): string[] {
  const bare = line.replaceAll(/'[^']*'|"[^"]*"/g, 'quoted');
  return bare.split(/\|\|?|&&|;/).map((command) => command.trim().split(/\s+/)[0]!);
}

function canRun(line: string): boolean {
  if (kindOf(line) !== 'command') return true;
  return programsOf(line).every((program) => {
    if (program === 'postmap') return requireProgram('postfix');
    return program === 'redis-cli' ? requireProgram('redis') : isInstalled(program);
  });
}

/** A page may leave out what differs from time to time: `…` stands for anything. */
function expectPrinted(printed: string, text: string): void {
  if (!text.includes('…')) {
    expect(printed.trimEnd()).toBe(text);
    return;
  }
  const pattern = text.split('…').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  expect(printed.trimEnd()).toMatch(new RegExp(`^${pattern.join('.*')}$`, 's'));
}
