/** Resolves once the condition holds: sockets bring it about, nothing tells. Rejects with the problem after half a minute. */
export async function until(condition: () => boolean, problem: string): Promise<void> {
  const end = performance.now() + LIMIT;
  while (!condition()) {
    if (performance.now() > end) throw new Error(problem);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Milliseconds. */
const LIMIT = 30_000;
