/**
 * Waits until `condition` holds, asking again and again: for what another process or a socket brings about
 * and no event tells. Fails after `limit` milliseconds with what was waited for.
 */
export async function until(condition: () => boolean | Promise<boolean>, what: string, limit = 20_000): Promise<void> {
  const end = Date.now() + limit;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited ${limit} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

const POLL_MS = 20;
