/**
 * Waits until the event loop has once looked at every socket: what the system had received when this was called,
 * connections and bytes, is taken up then.
 */
export async function fullTurn(): Promise<void> {
  // The first may come at the end of a turn that has looked already.
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
}
