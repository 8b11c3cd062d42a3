import type { Primary } from './instance.js';
import type { Sentinel } from './sentinel.js';

/** Who is to carry a failover out: sentinels vote once in each epoch. */
export class Election {
  constructor(private readonly sentinel: Sentinel) {}

  /** This sentinel's vote: for the candidate, unless it has voted in this epoch, or a later one, before. */
  vote(primary: Primary, epoch: number, candidate: string): { leader: string | undefined; epoch: number } {
    const { sentinel } = this;
    const { events, now } = sentinel;
    if (epoch > sentinel.currentEpoch) {
      sentinel.currentEpoch = epoch;
      sentinel.save();
      events.tell('warning', '+new-epoch', String(epoch), primary);
    }
    if (primary.leaderEpoch < epoch && sentinel.currentEpoch <= epoch) {
      primary.leader = candidate;
      primary.leaderEpoch = sentinel.currentEpoch;
      // It is told only once it cannot be forgotten.
      sentinel.save();
      events.tell('warning', '+vote-for-leader', `${candidate} ${primary.leaderEpoch}`, primary);
      // Who is voted for has time to do it.
      if (!sentinel.isMe(candidate)) primary.failoverStartedAt = now + sentinel.desync();
    }
    return { leader: primary.leader, epoch: primary.leaderEpoch };
  }

  /** Who has the votes of most of all sentinels that are known, and of as many as the quorum is. */
  leader(primary: Primary, epoch: number): string | undefined {
    const { sentinel } = this;
    const votes = new Map<string, number>();
    for (const { leader, leaderEpoch } of primary.sentinels.values()) {
      if (leader !== undefined && leaderEpoch === sentinel.currentEpoch) count(votes, leader);
    }
    const own = this.vote(primary, epoch, most(votes)?.[0] ?? sentinel.myId);
    if (own.leader !== undefined && own.epoch === epoch) count(votes, own.leader);
    const winner = most(votes);
    const needed = Math.max(Math.floor((primary.sentinels.size + 1) / 2) + 1, primary.quorum);
    return winner !== undefined && winner[1] >= needed ? winner[0] : undefined;
  }
}

function count(votes: Map<string, number>, candidate: string): void {
  votes.set(candidate, (votes.get(candidate) ?? 0) + 1);
}

function most(votes: ReadonlyMap<string, number>): [string, number] | undefined {
  let best: [string, number] | undefined;
  for (const entry of votes) if (best === undefined || entry[1] > best[1]) best = entry;
  return best;
}
