import { createHash } from 'node:crypto';
import type { Script } from '../../links/link.js';

/** A script with its hash. Sources are Lua 5.1, the same bytes in every process: the hash is their name. */
export function script(name: string, source: string): Script {
  return { name, source, sha: createHash('sha1').update(source).digest('hex') };
}
