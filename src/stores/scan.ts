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

/**
 * The keys that start with a prefix, page by page, over every primary; the server filters. SCAN's promise
 * holds: what was there all the time is listed, perhaps more than once.
 */
export async function* scanPages(link: Link, guard: Guard, prefix: Bytes, call: ScanCall): AsyncGenerator<Buffer[]> {
  const pattern = prefixPattern(prefix);
  const primaries = await guard.run({ ...call, safety: 'read' }, () => link.primaries());
  for (const primary of primaries) yield* pagesOf(primary, guard, pattern, call);
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
