import { createGunzip } from 'node:zlib';
import { ListRefused } from './load-list.js';

/** The bytes of a stream, at most `limit`: rejects with ListRefused past it, before more of it is kept. */
export async function readAtMost(chunks: AsyncIterable<Uint8Array>, limit: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > limit) throw new ListRefused(`it has more than ${limit} bytes`);
    parts.push(chunk);
  }
  return Buffer.concat(parts, length);
}

/**
 * Unpacks a gzip file into at most `limit` bytes. One that was unpacked on the way already, as by a server that names
 * it as the encoding of its answer, is taken as it is.
 */
export async function gunzipAtMost(bytes: Buffer, limit: number): Promise<Buffer> {
  if (!isGzip(bytes)) return bytes;
  const gunzip = createGunzip();
  gunzip.end(bytes);
  try {
    return await readAtMost(gunzip as AsyncIterable<Uint8Array>, limit);
  } catch (error) {
    throw error instanceof ListRefused ? error : new ListRefused('it cannot be unpacked: no gzip file, or half of one');
  } finally {
    gunzip.destroy();
  }
}

export function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}
