import type { Bytes } from '../core/bytes.js';
import type { Link, NodeLink } from '../links/link.js';
import type { Guard } from './guard.js';
import { prefixPattern } from './keys.js';
import { scanPage } from './replies.js';

/** How much one SCAN looks at: a few milliseconds of a server's time at most. */
const PAGE = 1_000;

export interface ScanCall {
  readonly operation: string;
  readonly signal: AbortSignal | undefined;
}

/** How often nodes that were given keys meanwhile are gone over again. */
const MOST_ROUNDS = 10;

/**
 * The keys that start with a prefix, page by page, over every primary; the server filters. SCAN's promise
 * holds: what was there all the time is listed, perhaps more than once, also when its slot moved or its primary was
 * replaced meanwhile.
 */
export async function* scanPages(link: Link, guard: Guard, prefix: Bytes, call: ScanCall): AsyncGenerator<Buffer[]> {
  const pattern = prefixPattern(prefix);
  let nodes = await guard.run({ ...call, safety: 'read' }, () => link.primaries());
  // Asked for only now that the link surely knows what it leads to.
  const holders = link.holders?.();
  const ask = async () => (holders === undefined ? [] : await guard.run({ ...call, safety: 'read' }, holders));
  if (holders !== undefined) nodes = await ask();
  for (let round = 0; nodes.length > 0 && round < MOST_ROUNDS; round++) {
    const failures = new Map<string, unknown>();
    for (const node of nodes) {
      try {
        yield* pagesOf(node, guard, pattern, call);
      } catch (error) {
        if (holders === undefined) throw error;
        failures.set(node.name, error);
      }
    }
    nodes = await ask();
    if (failures.size > 0) await throwOfPrimaries(link, failures);
  }
}

/** A node that another has replaced need not have told its keys: the other tells them. */
async function throwOfPrimaries(link: Link, failures: ReadonlyMap<string, unknown>): Promise<void> {
  for (const { name } of await link.primaries()) if (failures.has(name)) throw failures.get(name);
}

async function* pagesOf(node: NodeLink, guard: Guard, pattern: Buffer, call: ScanCall): AsyncGenerator<Buffer[]> {
  let cursor = '0';
  do {
    const at = cursor;
    const [next, keys] = await guard.run({ ...call, safety: 'read', node: node.name }, async (options) =>
      scanPage(await node.command(['SCAN', at, 'MATCH', pattern, 'COUNT', PAGE], options)),
    );
    cursor = next;
    if (keys.length > 0) yield keys;
  } while (cursor !== '0');
}
