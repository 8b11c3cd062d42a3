import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryFolder } from '../folder.js';
import { freePorts } from '../ports.js';
import { RawClient } from '../raw-client.js';
import { ServerProcess } from '../server-process.js';
import { until } from '../until.js';
import { Ledger } from './ledger.js';
import { cutPower, longestSync, resetJournal } from './power-cut.js';

export interface CrashOptions {
  /** `appendfsync`, or snapshots alone. */
  readonly policy: 'always' | 'everysec' | 'no' | 'snapshots';
  readonly kills: number;
  /** What was not synced is taken back, as by a power failure; else the process alone is lost. */
  readonly cutsPower: boolean;
  readonly isBuilt?: boolean;
  /** Numbers from 0 to 1, the same in each run. */
  readonly random: () => number;
}

export interface Crashes {
  kills: number;
  /** Kills while a rewrite or a snapshot was under way. */
  amidst: number;
  answered: number;
  lost: number;
  /** Milliseconds before the end at which the earliest step that was lost had been answered. */
  lostFor: number;
  /** Of the same life: what the longest sync took. */
  longestSync: number;
  cutBytes: number;
  cutNames: number;
}

const RECORDER = new URL('./recorder.mjs', import.meta.url).href;
const CLIENTS = 8;
const FILLERS = 10_000;
const FILLER = 'x'.repeat(100);
const FILLER_REPLY = `$${FILLER.length}\r\n${FILLER}\r\n`;

/** Kills a server at random moments under load, again and again on the same folder. Throws when a start does not work. */
export async function crash(options: CrashOptions): Promise<Crashes> {
  using home = temporaryFolder();
  const journal = home.file('journal');
  const found: Crashes = {
    kills: 0,
    amidst: 0,
    answered: 0,
    lost: 0,
    lostFor: 0,
    longestSync: 0,
    cutBytes: 0,
    cutNames: 0,
  };
  const ledger = new Ledger(CLIENTS);
  const folder = home.file('data');
  mkdirSync(folder);
  let endedAt = Date.now();
  for (; found.kills <= options.kills; found.kills++) {
    resetJournal(journal);
    await using life = await Life.begin(folder, journal, options);
    if (found.kills === 0) await life.fill();
    const balance = await life.check(ledger, endedAt);
    found.lost += balance.lost;
    found.lostFor = Math.max(found.lostFor, balance.lostFor);
    if (found.kills === options.kills) break;
    const wasAmidst = await life.live(ledger);
    endedAt = Date.now();
    await life[Symbol.asyncDispose]();
    if (wasAmidst) found.amidst++;
    found.longestSync = Math.max(found.longestSync, longestSync(journal));
    if (!options.cutsPower) continue;
    // Every other time nothing at all of what was not synced is left.
    const cut = cutPower(folder, journal, found.kills % 2 === 0 ? () => 0 : options.random);
    found.cutBytes += cut.bytes;
    found.cutNames += cut.names;
  }
  found.answered = ledger.answered;
  return found;
}

/** A server from its start to its end. */
class Life implements AsyncDisposable {
  private constructor(
    private readonly server: ServerProcess,
    private readonly port: number,
    private readonly control: RawClient,
    private readonly options: CrashOptions,
  ) {}

  static async begin(folder: string, journal: string, options: CrashOptions): Promise<Life> {
    const [port = 0] = await freePorts(1);
    const env = { LOOKUPD_DURABILITY_FOLDER: folder, LOOKUPD_DURABILITY_JOURNAL: journal };
    const server = new ServerProcess(['--port', String(port), '--dir', folder, ...directives(options)], '', {
      preload: RECORDER,
      env,
      isBuilt: options.isBuilt,
    });
    try {
      await server.ready();
      return new Life(server, port, await RawClient.connect(port), options);
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  async check(ledger: Ledger, endedAt: number) {
    const balance = await ledger.check(this.control, endedAt);
    await this.checkFillers();
    return balance;
  }

  /** Keys that nobody changes: files without some of them, or with other values, are no state there was since `fill`. */
  private async checkFillers(): Promise<void> {
    const { control } = this;
    for (let i = 0; i < FILLERS; i++) control.send(['GET', `filler:${i}`]);
    const replies = await control.take(FILLERS);
    const wrong = replies.flatMap((reply, i) => (String(reply) === FILLER_REPLY ? [] : [i]));
    if (wrong.length === 0) return;
    throw new Error(`${wrong.length} of ${FILLERS} keys that nobody has changed are not there, as filler:${wrong[0]}`);
  }

  /** In the first life: what is to be there in all that follow. */
  async fill(): Promise<void> {
    const { control } = this;
    for (let i = 0; i < FILLERS; i++) control.send(['SET', `filler:${i}`, FILLER]);
    await control.take(FILLERS);
    await this.untilDone();
    // What has been answered need not be on disk yet.
    if (this.options.policy === 'always') return;
    await until(async () => String(await control.ask([this.command])).startsWith('+Background'), 'a save begins');
    await this.untilDone();
    const info = String(await control.ask(['INFO', 'persistence']));
    if (/(?:rdb_last_bgsave|aof_last_bgrewrite)_status:err/.test(info)) throw new Error(`it is not saved: ${info}`);
  }

  /** What saves all there is. */
  private get command(): string {
    return this.options.policy === 'snapshots' ? 'BGSAVE' : 'BGREWRITEAOF';
  }

  private async untilDone(): Promise<void> {
    await until(async () => !(await this.isAmidst()), 'nothing is written in the background');
  }

  /**
   * Until the moment at which it is killed, which is a matter of chance and nothing that could be waited for; whether
   * something was being written in the background then.
   */
  async live(ledger: Ledger): Promise<boolean> {
    const { random } = this.options;
    void ledger.run(() => RawClient.connect(this.port));
    await sleep(20 + random() * (random() < 0.2 ? 1500 : 300));
    if (random() < 0.3) return false;
    const mark = ledger.mark();
    const reply = String(await this.control.ask([this.command]));
    if (random() < 0.5) {
      await this.untilDone();
      if (reply.startsWith('+Background saving started')) mark.settle();
    }
    await sleep(random() * 150);
    return await this.isAmidst();
  }

  /** Something is being written in the background. */
  private async isAmidst(): Promise<boolean> {
    return /(?:bgsave|rewrite)_in_progress:1/.test(String(await this.control.ask(['INFO', 'persistence'])));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.control.close();
    await this.server[Symbol.asyncDispose]();
  }
}

function directives({ policy }: CrashOptions): string[] {
  if (policy === 'snapshots') return ['--save', '1 1'];
  const rewrites = [
    '--aof-timestamp-enabled',
    'yes',
    '--auto-aof-rewrite-min-size',
    '1mb',
    '--auto-aof-rewrite-percentage',
    '30',
  ];
  return ['--save', '', '--appendonly', 'yes', '--appendfsync', policy, ...rewrites];
}
