/** Whole seconds since a time in milliseconds: how long the other end of a link has not been heard of. */
export function lagOf(now: number, heardAt: number): number {
  return Math.floor((now - heardAt) / 1000);
}
