import type { Snapshot } from './snapshot.js';

/**
 * A snapshot that is taken in the background, piece by piece: into the RDB file, or for replicas as it is made. Whoever
 * takes the pieces has a whole snapshot when `done` says so; it says the contrary as soon as the job is cancelled.
 */
export class BackgroundJob implements AsyncIterable<Buffer> {
  readonly done: Promise<boolean>;
  isCancelled = false;
  private settle!: (isWhole: boolean) => void;

  constructor(
    readonly snapshot: Snapshot,
    readonly startedAt: number,
    private readonly pieces: AsyncIterable<Buffer>,
    private readonly ended: (job: BackgroundJob) => void,
  ) {
    this.done = new Promise((resolve) => {
      this.settle = resolve;
    });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for await (const piece of this.pieces) {
      if (this.isCancelled) return;
      yield piece;
    }
  }

  /** All pieces have been taken, and are where they belong, or could not be put there. */
  end(isWhole: boolean): void {
    if (this.isCancelled) return;
    this.ended(this);
    this.settle(isWhole);
  }

  cancel(): void {
    if (this.isCancelled) return;
    this.isCancelled = true;
    this.snapshot.end();
    this.ended(this);
    this.settle(false);
  }
}
