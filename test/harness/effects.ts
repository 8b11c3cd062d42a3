import { Args } from '../../src/resp/args.js';
import { RequestDecoder } from '../../src/resp/request-decoder.js';
import { Target } from '../../src/server/effects.js';
import type { Server } from '../../src/server/server.js';

/** What commands did from now on, as "0 SET k v": the database and the words. */
export function recordEffects(server: Server): string[] {
  const effects: string[] = [];
  listenToEffects(server, (bytes, db) => effects.push(...requestsIn(bytes).map((words) => `${db} ${words.join(' ')}`)));
  return effects;
}

/** Gives the bytes of each effect. */
export function listenToEffects(server: Server, listener: (bytes: Buffer, db: number) => void): void {
  server.effects.listen(Target.all, {
    happened: (db, { bytes }, start, length) => listener(Buffer.copyBytesFrom(bytes, start, length), db),
    keep: () => undefined,
  });
}

/** The words of every whole request in the bytes. */
export function requestsIn(bytes: Buffer): string[][] {
  const decoder = new RequestDecoder({ maxBulk: () => 2 ** 29, unauthenticated: () => false });
  decoder.push(bytes);
  const found: string[][] = [];
  const args = new Args();
  while (decoder.next(args)) found.push(args.texts());
  return found;
}
