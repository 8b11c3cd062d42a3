import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type TemporaryFolder, temporaryFolder } from '../harness/folder.js';
import { blocksOf } from '../harness/markdown.js';
import { ROOT } from '../harness/pages.js';
import { freePorts } from '../harness/ports.js';
import { runProcess } from '../harness/program.js';
import { executable, requireProgram } from '../harness/programs.js';
import { ServerProcess } from '../harness/server-process.js';

/**
 * docs/opsi.md from the configuration to the restore: its redis.conf, started by the words of the unit, and its steps as
 * they stand there. Folders of the system are folders of the test, and systemctl is the process itself.
 */
const PAGE = join(ROOT, 'docs/opsi.md');
const UNIT = readFileSync(join(ROOT, 'config/systemd/lookupd-server.service'), 'utf8');
const CONFIGURATION = '/etc/lookupd/redis.conf';
const SOCKET = '/run/lookupd-server/redis.sock';

/** The commands of a section's numbered steps. */
function stepsOf(heading: string): string[] {
  const section = readFileSync(PAGE, 'utf8').split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...section.matchAll(/^\d\. `(.+)`$/gm)].map((match) => match[1]!);
}

/** The service as its unit starts it, in a folder of the test. */
class Service implements AsyncDisposable {
  #process: ServerProcess | undefined;

  private constructor(
    private readonly folder: TemporaryFolder,
    private readonly port: number,
  ) {}

  static async installed(folder: TemporaryFolder): Promise<Service> {
    const [port = 0] = await freePorts(1);
    const service = new Service(folder, port);
    for (const path of ['/etc/lookupd', '/var/lib/lookupd-server', dirname(SOCKET), '/var/backups'])
      mkdirSync(service.here(path), { recursive: true });
    const [conf] = blocksOf('docs/opsi.md', PAGE).filter(({ language }) => language === 'conf');
    writeFileSync(service.here(CONFIGURATION), `${conf?.text}\n`);
    return service;
  }

  /** A line or path of the page or the unit, with this test's folders. */
  here(text: string): string {
    return text.replaceAll(/(?<=^| )\/(?=etc|var|run)/g, `${this.folder.path}/`);
  }

  async follow(step: string): Promise<void> {
    const [program = '', ...words] = this.here(step).split(' ');
    if (program === 'systemctl') await (words[0] === 'start' ? this.start() : this.stop());
    else if (program === 'lookupd') expect(await runProcess(words)).toMatchObject({ code: 0 });
    else execFileSync(program, words);
  }

  ask(...words: readonly string[]): string {
    return execFileSync(executable('redis-cli')!, ['-s', this.here(SOCKET), ...words], { encoding: 'utf8' }).trimEnd();
  }

  async start(): Promise<void> {
    const words = /^ExecStart=\/usr\/bin\/lookupd server (.+)$/m.exec(UNIT)?.[1] ?? '';
    this.#process = new ServerProcess([...this.here(words).split(' '), '--port', String(this.port)]);
    await this.#process.ready();
  }

  async stop(): Promise<void> {
    this.#process?.signal('SIGTERM');
    expect(await this.#process?.ended()).toBe(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.[Symbol.asyncDispose]();
  }
}

describe.skipIf(!requireProgram('redis'))('the service of docs/opsi.md', () => {
  test('lets owner and group connect to its socket, and is backed up and restored by the steps of the page', async () => {
    using folder = temporaryFolder();
    await using service = await Service.installed(folder);
    await service.start();
    expect((statSync(service.here(SOCKET)).mode & 0o777).toString(8)).toBe('770');

    service.ask('set', 'greeting', 'hello');
    const backup = stepsOf('Backup');
    expect(backup).toHaveLength(3);
    for (const step of backup) await service.follow(step);

    service.ask('set', 'greeting', 'changed');
    const restore = stepsOf('Restore');
    expect(restore).toHaveLength(3);
    for (const step of restore) await service.follow(step);
    expect(service.ask('get', 'greeting')).toBe('hello');
  });
});
