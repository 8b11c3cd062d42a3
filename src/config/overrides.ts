import { parse } from 'smol-toml';
import { type DocumentNode, type Entry, emptyTable, type Position, type Scalar, type Table } from './document.js';
import { type ConfigHost, FileUnreadable, readText } from './host.js';
import type { Report } from './problem.js';

/**
 * Keys of the configuration that the environment sets, as containers are configured: they win over the file.
 *
 *     LOOKUPD_STORE__REDIS__URL=redis://valkey      store.redis.url
 *     LOOKUPD_STORE__REDIS__PASSWORD_FILE=/run/…    store.redis.password, from a file, without its last line end
 *     LOOKUPD_SERVER__LISTENER__HTTP__BIND=[…]      an array, as TOML writes it
 *
 * Two underscores are the dot between names, one is a hyphen, and case does not count; an id that the file has is
 * found whatever it has in place of the underscore. Empty variables set nothing, and so do those without two
 * underscores: Kubernetes makes some. Values are taken as they are: there are no macros in them.
 */
export function applyOverrides(root: Table, env: ConfigHost['env'], host: ConfigHost, report: Report): void {
  for (const variable of Object.keys(env).sort()) {
    const value = env[variable];
    if (!variable.startsWith(PREFIX) || !variable.includes('__') || value === undefined || value === '') continue;
    new Override(variable, host, report).apply(root, value);
  }
}

const PREFIX = 'LOOKUPD_';
const FROM_FILE = /_FILE$/;

/** One variable. */
class Override {
  readonly #at: Position;
  readonly #names: readonly string[];
  readonly #isFile: boolean;

  constructor(
    variable: string,
    private readonly host: ConfigHost,
    private readonly report: Report,
  ) {
    this.#at = { line: 1, column: 1, variable };
    this.#isFile = FROM_FILE.test(variable);
    this.#names = variable.slice(PREFIX.length).replace(FROM_FILE, '').split('__');
  }

  apply(root: Table, value: string): void {
    if (this.#names.some((name) => name === '')) {
      this.report.error(this.#at, 'a name between underscores is missing', 'as in LOOKUPD_LOG__LEVEL for log.level');
      return;
    }
    const node = this.#isFile ? this.#fromFile(value) : this.#nodeOf(value);
    const table = node && this.#descend(root);
    if (node === undefined || table === undefined) return;
    entriesOf(table).set(nameIn(table, this.#names.at(-1)!), { at: this.#at, value: node });
  }

  #descend(root: Table): Table | undefined {
    let table = root;
    for (const part of this.#names.slice(0, -1)) {
      const name = nameIn(table, part);
      const found = table.entries.get(name)?.value ?? emptyTable(this.#at);
      if (found.kind !== 'table') {
        this.report.error(this.#at, `"${name}" is no table in the file`);
        return undefined;
      }
      if (!table.entries.has(name)) entriesOf(table).set(name, { at: this.#at, value: found });
      table = found;
    }
    return table;
  }

  #nodeOf(value: string): DocumentNode | undefined {
    if (!/^\[.*\]$/s.test(value)) return this.#literal(value, []);
    try {
      const { items } = parse(`items = ${value}`);
      return { kind: 'list', at: this.#at, items: (items as unknown[]).map((item) => this.#literal(String(item), [])) };
    } catch {
      this.report.error(this.#at, 'what stands in brackets is no array of TOML', 'as in ["a", "b"]');
      return undefined;
    }
  }

  #fromFile(path: string): DocumentNode | undefined {
    try {
      return this.#literal(readText(this.host, path).replace(/\r?\n$/, ''), [path]);
    } catch (error) {
      if (!(error instanceof FileUnreadable)) throw error;
      this.report.error(this.#at, error.message);
      return undefined;
    }
  }

  #literal(value: string, files: readonly string[]): Scalar {
    return { kind: 'scalar', at: this.#at, value, source: '', literal: { files } };
  }
}

/** What the table has under a name that reads the same, or what the name says. */
function nameIn(table: Table, part: string): string {
  const meant = plain(part);
  return [...table.entries.keys()].find((name) => plain(name) === meant) ?? meant;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '-');
}

/** Of a table that has just been read, and belongs to nobody else. */
function entriesOf(table: Table): Map<string, Entry> {
  return table.entries as Map<string, Entry>;
}
