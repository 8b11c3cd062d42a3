import type { RawClient } from '../raw-client.js';

/** What came of a restart. */
export interface Balance {
  /** Steps that were answered and are not there, and how long before the end the first of them was answered. */
  lost: number;
  lostFor: number;
}

/**
 * Clients that change their own keys step by step and know which steps were answered. A step of some is a transaction
 * over four types, of others a single command. After a restart what is there must be some step's state, whole, none that
 * was never sent.
 */
export class Ledger {
  private readonly accounts: Account[];

  constructor(clients: number) {
    this.accounts = Array.from({ length: clients }, (_, i) => new Account(i));
  }

  get answered(): number {
    return this.accounts.reduce((sum, { total }) => sum + total, 0);
  }

  /** Goes on until the connections end. */
  async run(connect: () => Promise<RawClient>): Promise<void> {
    await Promise.all(this.accounts.map(async (account) => account.run(await connect())));
  }

  /** What has been answered by now must be there whatever happens, once `settle` says so. */
  mark(): { settle(): void } {
    const marks = this.accounts.map((account) => account.answeredTo);
    return { settle: () => this.accounts.forEach((account, i) => void (account.floor = marks[i]!)) };
  }

  /** Compares with what is there, and goes on from there. Throws when that is no state there ever was. */
  async check(client: RawClient, endedAt: number): Promise<Balance> {
    const balance: Balance = { lost: 0, lostFor: 0 };
    for (const account of this.accounts) await account.check(client, endedAt, balance);
    return balance;
  }
}

class Account {
  /** The last step that was sent, and the last that was answered. */
  private sent = 0;
  answeredTo = 0;
  /** Steps that may not be lost. */
  floor = 0;
  total = 0;
  /** When each step since the last check was answered. */
  private answeredAt = new Map<number, number>();

  constructor(private readonly number: number) {}

  async run(client: RawClient): Promise<void> {
    try {
      for (;;) await this.step(client, ++this.sent);
    } catch {
      client.close();
    }
  }

  private async step(client: RawClient, n: number): Promise<void> {
    const { number: i } = this;
    if (i % 2 === 0) {
      client.send(['SET', `c:${i}`, n]);
      expectReply((await client.take(1))[0]!, '+OK');
    } else {
      client.send(
        ['MULTI'],
        ['SET', `c:${i}`, n],
        ['RPUSH', `l:${i}`, n],
        ['LTRIM', `l:${i}`, -KEPT, -1],
        ['HSET', `h:${i}`, `f${n % KEPT}`, n],
        ['ZADD', `z:${i}`, n, `m${n % KEPT}`],
        ['EXEC'],
      );
      expectReply((await client.take(7))[6]!, '*5');
    }
    this.answeredTo = n;
    this.total++;
    this.answeredAt.set(n, Date.now());
  }

  async check(client: RawClient, endedAt: number, balance: Balance): Promise<void> {
    const { number: i } = this;
    const there = Number(await ask(client, 'GET', `c:${i}`));
    if (there > this.sent || there < this.floor) {
      throw new Error(`client ${i} has step ${there}, of ${this.floor} to ${this.sent}`);
    }
    if (i % 2 === 1) await this.checkTransaction(client, there);
    if (there < this.answeredTo) {
      balance.lost += this.answeredTo - there;
      balance.lostFor = Math.max(balance.lostFor, endedAt - (this.answeredAt.get(there + 1) ?? 0));
    }
    this.sent = this.answeredTo = this.floor = there;
    this.answeredAt = new Map();
  }

  /** All parts of a step are there, or none. */
  private async checkTransaction(client: RawClient, n: number): Promise<void> {
    const { number: i } = this;
    const state = [
      await ask(client, 'LLEN', `l:${i}`),
      await ask(client, 'LINDEX', `l:${i}`, '-1'),
      await ask(client, 'HGET', `h:${i}`, `f${n % KEPT}`),
      await ask(client, 'ZSCORE', `z:${i}`, `m${n % KEPT}`),
    ];
    const wanted = n === 0 ? ['0', '', '', ''] : [String(Math.min(n, KEPT)), String(n), String(n), String(n)];
    if (state.join() !== wanted.join()) throw new Error(`step ${n} of client ${i} is there in parts: ${state.join()}`);
  }
}

const KEPT = 100;

function expectReply(reply: Buffer, start: string): void {
  if (!reply.toString('latin1').startsWith(start)) throw new Error(`the server answered ${reply.toString('latin1')}`);
}

/** A bulk string, an integer, or nothing, as text. */
async function ask(client: RawClient, ...words: string[]): Promise<string> {
  const reply = (await client.ask(words)).toString('latin1');
  return reply.startsWith('$') ? reply.split('\r\n')[1]! : reply.slice(1).trimEnd();
}
