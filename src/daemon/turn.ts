/**
 * Waits until the event loop has once looked at every socket: bytes that the system had received when this was called are
 * taken up then, and of each listening socket one connection.
 */
export async function fullTurn(): Promise<void> {
  // The first may come at the end of a turn that has looked already.
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
}
