import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from './ports.js';
import { executable } from './programs.js';
import { SmtpClient } from './smtp-client.js';
import { until } from './until.js';

/** Everything a Postfix needs that takes mail over SMTP and throws it away. */
const SERVICES = `
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
discard unix - - n - - discard
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
`;

/** Postfix has to change users. */
export const mayRunPostfix = process.getuid?.() === 0;

/** A whole Postfix of its own: its queue and its files in a temporary folder, an smtpd on a free port. */
export class Postfix {
  private constructor(
    readonly port: number,
    private readonly folder: string,
  ) {}

  /** `settings` are lines of main.cf. */
  static async start(settings: string): Promise<Postfix> {
    const folder = mkdtempSync(join(tmpdir(), 'lookupd-postfix-'));
    chmodSync(folder, 0o755);
    const [port] = (await freePorts(1)) as [number];
    for (const name of ['conf', 'queue', 'data']) mkdirSync(join(folder, name));
    execFileSync('chown', ['postfix', join(folder, 'data')]);
    writeFileSync(join(folder, 'conf/main.cf'), mainConfiguration(folder, settings));
    writeFileSync(join(folder, 'conf/master.cf'), `127.0.0.1:${port} inet n - n - - smtpd${SERVICES}`);
    const postfix = new Postfix(port, folder);
    postfix.#control('start');
    await until(() => postfix.log.includes('daemon started'), 'Postfix to start');
    return postfix;
  }

  get log(): string {
    return readFileSync(join(this.folder, 'mail.log'), 'utf8');
  }

  connect(): Promise<SmtpClient> {
    return SmtpClient.connect(this.port);
  }

  stop(): void {
    this.#control('abort');
    rmSync(this.folder, { recursive: true, force: true });
  }

  #control(command: 'start' | 'abort'): void {
    execFileSync(executable('postfix')!, ['-c', join(this.folder, 'conf'), command], { stdio: 'ignore' });
  }
}

function mainConfiguration(folder: string, settings: string): string {
  return `compatibility_level = 3.6
queue_directory = ${folder}/queue
data_directory = ${folder}/data
maillog_file = ${folder}/mail.log
maillog_file_prefixes = ${folder}
myhostname = mx.test
mydestination =
alias_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
virtual_transport = discard:
${settings}
`;
}
