/** Stops the whole program for so many milliseconds: for tests that want to see what others make of it. */
export function standStill(milliseconds: number): void {
  if (milliseconds > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
