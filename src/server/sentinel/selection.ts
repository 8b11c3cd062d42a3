import type { Primary, Replica } from './instance.js';
import type { Timing } from './timing.js';

/**
 * The replica that is to take its primary's place: one that is up, was heard of lately, has not lost its primary long ago
 * and may be promoted (its priority is not 0). The lowest priority wins, then who has most of the data, then the first by
 * run id.
 */
export function selectReplica(primary: Primary, now: number, timing: Timing): Replica | undefined {
  const isDown = primary.is('s_down');
  const longestCut = (isDown ? now - primary.downSince : 0) + primary.downAfter * 10;
  const oldestInfo = isDown ? timing.pingPeriod * 5 : timing.infoPeriod * 3;
  const isFit = (replica: Replica) =>
    !replica.is('s_down') &&
    !replica.link.isDisconnected &&
    now - replica.link.availableAt <= timing.pingPeriod * 5 &&
    replica.priority !== 0 &&
    now - replica.infoAt <= oldestInfo &&
    replica.primaryLinkDownFor <= longestCut;
  return [...primary.replicas.values()].filter(isFit).sort(betterFirst)[0];
}

function betterFirst(a: Replica, b: Replica): number {
  if (a.priority !== b.priority) return a.priority - b.priority;
  if (a.offset !== b.offset) return b.offset - a.offset;
  // One that has no run id comes last.
  if (a.runId === '' || b.runId === '') return b.runId.length - a.runId.length;
  return a.runId.toLowerCase() < b.runId.toLowerCase() ? -1 : 1;
}
