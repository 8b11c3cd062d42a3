import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer, type Server } from '../../src/server/index.js';
import { openConfigured } from '../../src/stores/factory.js';
import { ManualClock } from '../../src/testing/clock.js';
import { TestDaemon, type TestDaemonOptions } from '../harness/daemon.js';
import { type TemporaryFolder, temporaryFolder } from '../harness/folder.js';
import { Haraka } from '../harness/haraka.js';
import { blocksOf } from '../harness/markdown.js';
import { ROOT } from '../harness/pages.js';
import { Postfix } from '../harness/postfix.js';
import { executable, SENDMAIL, SENDMAIL_MACROS } from '../harness/programs.js';
import { Rspamd } from '../harness/rspamd.js';
import type { Scene } from './run.js';
import { stopping } from './stopping.js';
import { Transcript } from './transcript.js';

/** Each mail server with the daemon behind it, set up as its page says. */
export const mailServerScenes: readonly Scene[] = [
  { title: 'Postfix: lookup tables', program: 'postfix', play: playPostmap },
  { title: 'Postfix: a whole session', program: 'postfix', play: playPostfix },
  { title: 'Dovecot: dictionaries, passdb and userdb', program: 'dovecot', play: playDovecot },
  { title: 'Exim', program: 'exim', play: playExim },
  { title: 'Sendmail', program: 'sendmail', play: playSendmail },
  { title: 'Haraka with the plugin', program: 'haraka', play: playHaraka },
  { title: 'Rspamd over HTTP and as a Redis', program: 'rspamd', play: playRspamd },
];

/** Exit codes of doveadm (sysexits.h), and of exim -bt. */
const NOT_FOUND = 68;
const NOT_PERMITTED = 77;
const UNDELIVERABLE = 2;
const TRY_AGAIN = 1;

const opened: TestDaemonOptions = { openStore: (config) => openConfigured(config) };
const ALIASES = `
[store.local]
type = "embedded"
[store.local.data]
"alias:sales@example.com" = "ann@example.com, bob@example.com"
[map.aliases]
store = "local"
key = "alias:%s"
expand = ["full", "no-extension", "domain"]
fold-case = true
`;

function page(name: string): (language: string, word?: string) => string {
  const blocks = blocksOf(`docs/${name}.md`, join(ROOT, `docs/${name}.md`));
  return (language, word = '') => blocks.find((one) => one.language === language && one.text.includes(word))!.text;
}

async function playPostmap(title: string): Promise<Transcript> {
  const toml = `${ALIASES}
[server.listener.socketmap]
protocol = "socketmap"
bind = "127.0.0.1:0"
[server.listener.tcp]
protocol = "tcp-table"
bind = "127.0.0.1:0"
map = "aliases"
`;
  const daemon = await TestDaemon.start(toml, opened);
  const [socketmap, tcp] = [daemon.port('socketmap'), daemon.port('tcp')];
  const script = new Transcript(title).show(socketmap, '10023').show(tcp, '10024');
  const found = 'ann@example.com, bob@example.com\nstatus 0';
  for (const [key, prints] of [
    ['sales@example.com', found],
    ['Sales+June@Example.com', found],
    ['nobody@example.com', 'status 1'],
  ] as const) {
    await script.sh(`postmap -q ${key} socketmap:inet:127.0.0.1:${socketmap}:aliases; echo "status $?"`, { prints });
    await script.sh(`postmap -q ${key} tcp:127.0.0.1:${tcp}; echo "status $?"`, { prints });
  }
  await daemon.stop();
  return script;
}

async function playPostfix(title: string): Promise<Transcript> {
  const clock = new ManualClock();
  const server = await createServer({ clock });
  const { port = 0 } = await server.listen({ port: 0 });
  server.session().run('SET', 'mailbox:ann@example.org', 'ann/');
  const daemon = await TestDaemon.start(
    `
[store.redis]
type = "redis"
url = "redis://127.0.0.1:${port}"
deadline = "1s"
[map.mailboxes]
store = "redis"
key = "mailbox:%s"
[lookup.domains]
"example.org" = true
[map.domains]
lookup = "domains"
[policy.greylist]
type = "greylist"
[server.listener.socketmap]
protocol = "socketmap"
bind = "127.0.0.1:0"
[server.listener.policy]
protocol = "policy"
bind = "127.0.0.1:0"
policies = ["greylist"]
`,
    opened,
  );
  const map = `socketmap:inet:127.0.0.1:${daemon.port('socketmap')}`;
  const started = await Postfix.start(`
virtual_mailbox_domains = ${map}:domains
virtual_mailbox_maps = ${map}:mailboxes
smtpd_recipient_restrictions = reject_unauth_destination, reject_unlisted_recipient,
  check_policy_service inet:127.0.0.1:${daemon.port('policy')}`);
  await using postfix = stopping(started);
  const script = new Transcript(title);
  const from = 'MAIL FROM:<x@example.net>';
  script.note('A recipient there is not, and one there is, from a sender who was not seen before');
  await script.smtp(postfix.port, [
    'HELO client.test',
    from,
    'RCPT TO:<nobody@example.org>',
    'RCPT TO:<ann@example.org>',
    'QUIT',
  ]);
  clock.advance(301_000);
  script.note('Five minutes later');
  await script.smtp(postfix.port, ['HELO client.test', from, 'RCPT TO:<ann@example.org>', 'QUIT']);
  await server.close();
  script.note('The store is down');
  await script.smtp(postfix.port, ['HELO client.test', from, 'RCPT TO:<ann@example.org>', 'QUIT']);
  await daemon.stop();
  return script;
}

async function playDovecot(title: string): Promise<Transcript> {
  using folder = temporaryFolder();
  const socket = folder.file('dict.sock');
  chmodSync(folder.path, 0o755);
  const daemon = await TestDaemon.start(
    `
[store.local]
type = "embedded"
[dict.quota]
store = "local"
prefix = "quota/"
write = true
[dict.auth]
store = "local"
prefix = "auth/"
write = true
[server.listener.dict]
protocol = "dict"
bind = "unix:${socket}"
mode = "0666"
`,
    opened,
  );
  await using _dovecot = stopping(startDovecot(folder, socket));
  const script = new Transcript(title).show(socket, '/run/lookupd/dict.sock').show(/ -c \S+running\.conf/, '');
  const dict = `proxy:${socket}:quota`;
  const doveadm = `doveadm -c ${folder.file('running.conf')}`;
  const set = `${doveadm} dict set proxy:${socket}:auth`;
  await script.run(`${set} shared/passdb/ann '{"password": "{PLAIN}secret"}'`);
  await script.run(`${set} shared/userdb/ann '{"uid": "1000", "gid": "1000", "home": "/srv/mail/ann"}'`);
  await script.run(`until ${doveadm} user ann; do sleep 0.1; done`);
  for (const [words, exit = 0] of [
    [`dict set -u ann ${dict} priv/quota/storage 5000`],
    [`dict inc -u ann ${dict} priv/quota/storage 37`],
    [`dict get -u ann ${dict} priv/quota/storage`],
    [`dict get -u bob ${dict} priv/quota/storage`, NOT_FOUND],
    [`dict set -u ann ${dict} priv/quota/messages 3`],
    [`dict iter -R -u ann ${dict} priv/`],
    [`dict unset -u ann ${dict} priv/quota/storage`],
    [`dict get -u ann ${dict} priv/quota/storage`, NOT_FOUND],
    ['auth test ann secret'],
    ['auth test ann wrong', NOT_PERMITTED],
    ['user ann'],
  ] as const) {
    await script.sh(`${doveadm} ${words}`, { exit });
  }
  await daemon.stop();
  return script;
}

/** With passwords and users as its page says. */
function startDovecot(folder: TemporaryFolder, socket: string): { stop(): Promise<void> } {
  const block = page('dovecot');
  const here = (text: string) =>
    text
      .replaceAll('/run/lookupd/dict.sock', socket)
      .replaceAll('/etc/dovecot/lookupd-dict.conf', folder.file('auth.conf'));
  mkdirSync(folder.file('run'));
  writeFileSync(folder.file('auth.conf'), here(block('dovecot-dict', 'uri')));
  const basics = `base_dir = ${folder.file('run')}\nstate_dir = ${folder.file('run')}\nprotocols =\nssl = no
log_path = ${folder.file('dovecot.log')}\nservice auth {\n  unix_listener auth-userdb {\n    mode = 0666\n  }\n}\n`;
  const config = folder.file('running.conf');
  writeFileSync(config, `${basics}${here(block('dovecot', 'passdb'))}\n`);
  const dovecot = spawn(executable('dovecot')!, ['-F', '-c', config], { stdio: 'ignore' });
  return {
    async stop() {
      dovecot.kill();
      await once(dovecot, 'exit');
    },
  };
}

async function playExim(title: string): Promise<Transcript> {
  using folder = temporaryFolder();
  const block = page('exim');
  const daemon = await TestDaemon.start(block('toml').replace('10025', '0'), opened);
  const port = daemon.port('exim');
  const routers = block('exim').replace('10025', String(port));
  const file = folder.file('exim.conf');
  writeFileSync(file, `spool_directory = ${folder.path}\nlog_file_path = ${folder.file('%slog')}\n${routers}\n`);
  const script = new Transcript(title)
    .show(port, '10025')
    .show(/\S+ -C \S+exim\.conf/, 'exim4')
    .show(/\n(?=\n)/, '');
  const exim = `${executable('exim4')} -C ${file}`;
  for (const key of ['sales@example.com', 'nobody@example.com']) {
    await script.sh(`${exim} -be '\${readsocket{inet:127.0.0.1:${port}}{aliases ${key}\\n}}'`);
  }
  await script.sh(`${exim} -bt sales@example.com`, { exit: UNDELIVERABLE });
  await daemon.stop();
  script.note('The daemon is down');
  await script.sh(`${exim} -bt sales@example.com`, { exit: TRY_AGAIN });
  return script;
}

async function playSendmail(title: string): Promise<Transcript> {
  using folder = temporaryFolder();
  const block = page('sendmail');
  const daemon = await TestDaemon.start(block('toml').replace('10023', '0'), opened);
  const port = daemon.port('sendmail');
  const script = new Transcript(title).show(/unshare .* -bt/, 'sendmail -bt');
  const mc = `divert(0)dnl\nOSTYPE(\`linux')dnl\n${block('m4').replaceAll('10023', String(port))}\nMAILER(\`local')dnl\nMAILER(\`smtp')dnl\n`;
  writeFileSync(folder.file('sendmail.mc'), mc);
  const macros = `-D_CF_DIR_=${SENDMAIL_MACROS} ${SENDMAIL_MACROS}m4/cf.m4`;
  await script.run(`m4 ${macros} ${folder.file('sendmail.mc')} > ${folder.file('sendmail.cf')}`);
  // It waits for a minute where the machine's name has no dot.
  const sendmail = `unshare -u sh -c 'hostname mx.test; exec "$@"' sh ${SENDMAIL} -C ${folder.file('sendmail.cf')} -bt`;
  const typed = ['/map virtuser sales@example.com', '/map virtuser nobody@example.com', '/parse sales@example.com'];
  const lines = [...typed, 'check_mail spam@spam.example'].join('\\n');
  const telling = '> map_lookup|^mailer|^check_mail';
  await script.sh(`printf '${lines}\\n' | ${sendmail} | grep -E '${telling}'`);
  await daemon.stop();
  return script;
}

async function playHaraka(title: string): Promise<Transcript> {
  const block = page('haraka');
  const { clock, server, port } = await startStore();
  server.session().run('SET', 'mailbox:ann@example.org', 'ann/');
  const toml = block('toml').replace('127.0.0.1:6379', `127.0.0.1:${port}`);
  const files = {
    'plugins/lookupd.js': block('haraka-js'),
    'config/plugins': `${block('haraka-plugins')}\nqueue/discard\n`,
    'config/lookupd.ini': block('haraka-ini'),
    'config/lookupd.toml': `${toml}\n`,
  };
  await using haraka = stopping(await Haraka.start(files));
  const script = new Transcript(title)
    .show(/Haraka\/\S+/, 'Haraka')
    .show(/ready \(\w+\)/, 'ready (…)')
    .show(/Hello \S+ /, 'Hello client.test ');
  const from = 'MAIL FROM:<x@example.net>';
  const to = 'RCPT TO:<ann@example.org>';
  await script.smtp(haraka.port, ['HELO client.test', from, 'RCPT TO:<nobody@example.org>', to, 'QUIT']);
  clock.advance(301_000);
  script.note('Five minutes later');
  await script.smtp(haraka.port, ['HELO client.test', from, to, 'QUIT']);
  await server.close();
  return script;
}

async function playRspamd(title: string): Promise<Transcript> {
  const block = page('rspamd');
  const { server, port } = await startStore();
  server.session().run('HSET', 'rspamd/listed', 'seller@example.com', '');
  const toml = block('toml').replace('6379', String(port)).replace('127.0.0.1:6380', '127.0.0.1:0');
  const daemon = await TestDaemon.start(
    `${toml}
[lookup.vip]
"*@partner.example" = "partner"
[map.vip]
lookup = "vip"
[server.listener.http]
protocol = "http"
bind = "127.0.0.1:0"
`,
    opened,
  );
  const http = daemon.port('http');
  const started = await Rspamd.start(block('rspamd').replace('6380', String(daemon.port('rspamd'))), {
    modules: ['multimap'],
    lua: block('lua').replace('8080', String(http)),
    messages: { note: 'nothing in it' },
  });
  await using rspamd = stopping(started);
  const script = new Transcript(title)
    .show(http, '8080')
    .show(rspamd.scanPort, '11333')
    .show(/\S+\/note/, 'note');
  await script.sh(`curl -s 'http://127.0.0.1:${http}/lookup/vip?key=any%40partner.example'`);
  for (const sender of ['any@partner.example', 'seller@example.com', 'nobody@example.net']) {
    const words = `--ip 192.0.2.1 --from ${sender} --rcpt ann@example.org ${rspamd.fileOf('note')}`;
    await script.sh(`rspamc -h 127.0.0.1:${rspamd.scanPort} ${words} | grep -v -E '^(Results|Message|Urls|Emails)'`);
  }
  await daemon.stop();
  await server.close();
  return script;
}

async function startStore(): Promise<{ clock: ManualClock; server: Server; port: number }> {
  const clock = new ManualClock();
  const server = await createServer({ clock });
  const { port = 0 } = await server.listen({ port: 0 });
  return { clock, server, port };
}
