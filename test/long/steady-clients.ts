import { Wire } from '../harness/wire.js';

/** Of a minute in which something is taken away and comes back. */
export const PHASES = ['before', 'without', 'after'] as const;
export type Phase = (typeof PHASES)[number];

export interface Tally {
  right: number;
  temporary: number;
  /** Milliseconds. */
  slowest: number;
}

export interface Question {
  ask(wire: Wire, n: number): Promise<string>;
  /** The answers that are right. */
  right(n: number): readonly string[];
  temporary: RegExp;
}

/** Between an answer and a client's next question, in milliseconds. */
const PAUSE = 20;

/** Clients that ask one kind of question steadily, each on a connection of its own, and judge every answer. */
export class SteadyClients {
  readonly tallies = Object.fromEntries(
    PHASES.map((phase) => [phase, { right: 0, temporary: 0, slowest: 0 }]),
  ) as Readonly<Record<Phase, Tally>>;
  /** Answers that must not be. */
  readonly wrong: string[] = [];
  /** When each client got its first right answer since `mark`, of `performance.now()`. */
  readonly firstRight: (number | undefined)[];
  firstTemporary: number | undefined;
  lastTemporary = 0;
  readonly #phase: () => Phase;
  readonly #question: Question;
  readonly #running: Promise<void>[];
  #stopped = false;

  constructor(
    readonly name: string,
    { port, clients, phase }: { readonly port: number; readonly clients: number; readonly phase: () => Phase },
    question: Question,
  ) {
    this.#phase = phase;
    this.#question = question;
    this.firstRight = Array.from({ length: clients });
    this.#running = this.firstRight.map((_, i) => this.#run(i, port));
  }

  get total(): number {
    return PHASES.reduce((sum, phase) => sum + this.tallies[phase].right + this.tallies[phase].temporary, 0);
  }

  /** `firstRight` is of later answers from now on. */
  mark(): void {
    this.firstRight.fill(undefined);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  async #run(client: number, port: number): Promise<void> {
    const wire = await Wire.connect({ host: '127.0.0.1', port });
    for (let n = client; !this.#stopped; n += this.firstRight.length) {
      const asked = performance.now();
      const answer = await this.#question.ask(wire, n);
      this.#judge(client, n, answer, performance.now() - asked);
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
    wire.close();
  }

  #judge(client: number, n: number, answer: string, ms: number): void {
    const tally = this.tallies[this.#phase()];
    tally.slowest = Math.max(tally.slowest, ms);
    if (this.#question.right(n).includes(answer)) {
      tally.right++;
      this.firstRight[client] ??= performance.now();
    } else if (this.#question.temporary.test(answer)) {
      tally.temporary++;
      this.firstTemporary ??= performance.now();
      this.lastTemporary = performance.now();
    } else this.wrong.push(answer);
  }
}
