import { logKeys } from '../declarations/log.js';
import { SECTIONS } from '../declarations/root.js';
import { type Entry, namedIn, type Position, type Table } from '../document.js';
import { convertListValue } from '../language/list-value.js';
import type {
  Config,
  DictConfig,
  ListenerConfig,
  LogConfig,
  LookupConfig,
  MapConfig,
  PolicyConfig,
  StoreConfig,
} from '../model.js';
import { didYouMean } from '../suggestion.js';
import { readDict } from './dicts.js';
import { readEntries } from './entries.js';
import { readListener, type TakenAddresses } from './listeners.js';
import { readFileList, readHttpList } from './lists.js';
import { readMap } from './maps.js';
import { readPolicy } from './policies.js';
import { type Reading, readSection } from './section.js';
import { readServer } from './server.js';
import { isSharded, readStore } from './stores.js';

/** Reads all sections of a file. What it answers is whole only when no error was reported. */
export function readRoot(reading: Reading, root: Table): Omit<Config, 'file' | 'warnings'> {
  checkSections(reading, root);
  const storeTables = sectionsOf(reading, root, 'store');
  const lookupTables = sectionsOf(reading, root, 'lookup');
  const mapTables = sectionsOf(reading, root, 'map');
  const policyTables = sectionsOf(reading, root, 'policy');
  const dictTables = sectionsOf(reading, root, 'dict');
  const serverTable = tableOf(reading, 'server', root.entries.get('server'));
  const server = readServer(reading, serverTable ?? emptyAt(root.at));
  const listenerTables = sectionsOf(reading, serverTable, 'listener');
  const fileTables = sectionsOf(reading, root, 'file-lookup');
  const httpTables = sectionsOf(reading, root, 'http-lookup');
  checkDistinct(reading, {
    store: storeTables,
    lookup: lookupTables,
    'file-lookup': fileTables,
    'http-lookup': httpTables,
  });
  const ids = { stores: idsOf(storeTables), lookups: idsOf([...lookupTables, ...fileTables, ...httpTables]) };
  const taken: TakenAddresses = new Map();
  const dicts = readEach<DictConfig>(dictTables, ({ id, table }) => readDict(reading, id, table, ids));
  const served = {
    maps: idsOf(mapTables),
    policies: idsOf(policyTables),
    stores: ids.stores,
    dicts: idsOf(dictTables),
    writable: writableOf(dicts),
  };
  return {
    stores: readStores(reading, storeTables, ids.stores),
    lookups: new Map([
      ...readEach<LookupConfig>(lookupTables, ({ id, table }) => ({
        kind: 'static',
        id,
        entries: readEntries(reading, table, convertListValue),
      })),
      ...readEach<LookupConfig>(fileTables, ({ id, table }) => readFileList(reading, id, table)),
      ...readEach<LookupConfig>(httpTables, ({ id, table }) => readHttpList(reading, id, table)),
    ]),
    maps: readEach<MapConfig>(mapTables, ({ id, table, at }) => readMap(reading, id, table, at, ids)),
    policies: readEach<PolicyConfig>(policyTables, ({ id, table }) =>
      readPolicy(reading, id, table, { stores: ids.stores, maps: served.maps }),
    ),
    dicts,
    listeners: readEach<ListenerConfig>(listenerTables, ({ id, table }) =>
      readListener(reading, id, table, served, taken),
    ),
    server,
    log: readLog(reading, root),
  };
}

/** `[store.<id>]` and its like. */
interface NamedTable {
  readonly id: string;
  /** Where the id stands. */
  readonly at: Position;
  readonly table: Table;
}

function checkSections(reading: Reading, root: Table): void {
  for (const [name, { at, value }] of namedIn(root)) {
    if (SECTIONS.includes(name) || value.kind === 'unreadable') continue;
    reading.report.error(at, `unknown section "${name}"`, didYouMean(name, SECTIONS));
  }
}

function sectionsOf(reading: Reading, parent: Table | undefined, name: string): NamedTable[] {
  const tables: NamedTable[] = [];
  const section = tableOf(reading, name, parent?.entries.get(name));
  for (const [id, entry] of section === undefined ? [] : namedIn(section)) {
    const table = tableOf(reading, id, entry);
    if (id.trim() === '') reading.report.error(entry.at, 'an id cannot be empty');
    if (table !== undefined) tables.push({ id, at: entry.at, table });
  }
  return tables;
}

function tableOf(reading: Reading, name: string, entry: Entry | undefined): Table | undefined {
  if (entry === undefined || entry.value.kind === 'unreadable') return undefined;
  if (entry.value.kind === 'table') return entry.value;
  const hint = entry.value.kind === 'list' ? 'single brackets, not [[…]]' : undefined;
  reading.report.error(entry.at, `"${name}" is a table`, hint);
  return undefined;
}

/** Stores and lists share their ids, as in Stalwart: a lookup names either. */
function checkDistinct(reading: Reading, sections: Readonly<Record<string, readonly NamedTable[]>>): void {
  const taken = new Map<string, string>();
  for (const [section, tables] of Object.entries(sections)) {
    for (const { id, at } of tables) {
      const other = taken.get(id) ?? section;
      if (other !== section)
        reading.report.error(at, `the id "${id}" is used twice`, `there is a ${other} of this name`);
      taken.set(id, other);
    }
  }
}

function idsOf(tables: readonly NamedTable[]): ReadonlySet<string> {
  return new Set(tables.map(({ id }) => id));
}

function writableOf(dicts: ReadonlyMap<string, DictConfig>): ReadonlySet<string> {
  return new Set([...dicts.values()].filter(({ write }) => write).map(({ id }) => id));
}

function readEach<T>(tables: readonly NamedTable[], read: (table: NamedTable) => T | undefined): Map<string, T> {
  const results = new Map<string, T>();
  for (const table of tables) {
    const result = read(table);
    if (result !== undefined) results.set(table.id, result);
  }
  return results;
}

/** Those that are made of others come last. */
function readStores(
  reading: Reading,
  tables: readonly NamedTable[],
  ids: ReadonlySet<string>,
): ReadonlyMap<string, StoreConfig> {
  const composed = tables.filter(({ table }) => isSharded(table));
  const sharded = idsOf(composed);
  const stores = new Map<string, StoreConfig>();
  for (const { id, table } of [...tables.filter((one) => !composed.includes(one)), ...composed]) {
    const store = readStore(reading, id, table, { ids, sharded, stores });
    if (store !== undefined) stores.set(id, store);
  }
  return stores;
}

function readLog(reading: Reading, root: Table): LogConfig {
  const table = tableOf(reading, 'log', root.entries.get('log'));
  return readSection(reading, table ?? emptyAt(root.at), logKeys).values;
}

function emptyAt(at: Position): Table {
  return { kind: 'table', at, entries: new Map() };
}
