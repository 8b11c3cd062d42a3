import { createHash, timingSafeEqual } from 'node:crypto';
import type { ByteString } from '../../resp/args.js';

/** Passwords are kept as the SHA-256 of their bytes, in lower-case hexadecimal: what `#<hash>` rules hold. */
export function hashPassword(password: ByteString): string {
  return createHash('sha256').update(password, 'latin1').digest('hex');
}

export function isPasswordHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** Takes as long whichever of them matches, and whether one does. */
export function matchesAny(hashes: readonly string[], password: ByteString): boolean {
  const given = Buffer.from(hashPassword(password), 'latin1');
  let found = false;
  for (const hash of hashes) if (timingSafeEqual(given, Buffer.from(hash, 'latin1'))) found = true;
  return found;
}
