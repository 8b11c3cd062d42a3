import type { Args, ByteString } from '../../resp/args.js';
import { type CommandDeclaration, keyPlaces } from '../commands/command.js';
import type { CommandTable } from '../commands/command-table.js';
import type { Database } from '../keyspace/database.js';
import type { Session } from './session.js';

/**
 * Keys that clients over a socket may not change for now, since somebody reads them over several turns of the event
 * loop. Commands that name one of them and write wait; who changes one all the same (the program itself, a script that
 * does not name it, the expiry of the key) is told of.
 */
export class KeptKeys {
  private readonly keepers = new Map<Database, Map<ByteString, Set<OnChange>>>();

  constructor(
    private readonly commands: CommandTable,
    private readonly released: () => void,
  ) {}

  /** How many databases have such keys. */
  get size(): number {
    return this.keepers.size;
  }

  /** Until the answer is called. `onChange` is told of each key that changes nevertheless. */
  keep(db: Database, keys: readonly ByteString[], onChange: OnChange): () => void {
    const names = new Set(keys);
    const kept = this.keepers.get(db) ?? new Map<ByteString, Set<OnChange>>();
    this.keepers.set(db, kept);
    for (const key of names) {
      kept.set(key, (kept.get(key) ?? new Set()).add(onChange));
      db.observe(key);
    }
    return () => {
      for (const key of names) {
        const keepers = kept.get(key);
        keepers?.delete(onChange);
        if (keepers?.size === 0) kept.delete(key);
        db.unobserve(key);
      }
      if (kept.size === 0) this.keepers.delete(db);
      this.released();
    };
  }

  touched(db: Database, key: ByteString): void {
    for (const onChange of this.keepers.get(db)?.get(key) ?? []) onChange(key);
  }

  /** Whether the command has to wait. */
  hold(session: Session, command: CommandDeclaration, args: Args): boolean {
    const kept = this.keepers.get(session.db);
    if (kept === undefined) return false;
    if (command.name !== 'exec') return writesOne(kept, command, args);
    return session.transaction?.queue.some((queued) => writesOne(kept, this.commands.find(queued)!, queued)) === true;
  }
}

function writesOne(kept: ReadonlyMap<ByteString, unknown>, { flags, keys }: CommandDeclaration, args: Args): boolean {
  if (flags.includes('readonly')) return false;
  return keyPlaces(keys, args).some((place) => kept.has(args.text(place)));
}

type OnChange = (key: ByteString) => void;
