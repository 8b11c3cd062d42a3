/** Whole seconds, rounded up: "1 second", "300 seconds". */
export function inSeconds(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds === 1 ? '1 second' : `${seconds} seconds`;
}
