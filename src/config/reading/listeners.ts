import { type ListenerKeys, listenerKeys } from '../declarations/listener.js';
import type { Table } from '../document.js';
import { isLoopback } from '../language/listen-address.js';
import type { ListenEndpoint, ListenerConfig } from '../model.js';
import { didYouMean } from '../suggestion.js';
import { listOf } from './maps.js';
import { asWritten, type Reading, readSection, type Section } from './section.js';

type ListenerSection = Section<ListenerKeys>;

/** Addresses taken so far, and by which listener: shared by all listeners of a file. */
export type TakenAddresses = Map<string, string>;

/** The ids that listeners may name. */
export interface ServedIds {
  readonly maps: ReadonlySet<string>;
  readonly policies: ReadonlySet<string>;
  readonly stores: ReadonlySet<string>;
  readonly dicts: ReadonlySet<string>;
  /** Dictionaries that can be changed. */
  readonly writable: ReadonlySet<string>;
}

/** Reads `[server.listener.<id>]`; undefined without a protocol. */
export function readListener(
  reading: Reading,
  id: string,
  table: Table,
  ids: ServedIds,
  taken: TakenAddresses,
): ListenerConfig | undefined {
  const section = readSection(reading, table, listenerKeys);
  const { values } = section;
  const bind = values.bind ?? [];
  checkAddresses(reading, section, id, bind, taken);
  checkSocketKeys(section, bind);
  checkMaps(reading, section, ids.maps);
  checkPolicies(reading, section, ids.policies);
  checkStores(reading, section, ids.stores);
  checkDicts(reading, section, ids);
  checkWrites(section, bind, ids);
  checkEndpoint(reading, section, ids.stores);
  if (values.protocol === undefined) return undefined;
  return {
    id,
    protocol: values.protocol,
    bind,
    mode: values.mode,
    owner: values.owner,
    group: values.group,
    map: values.map,
    maps: values.maps,
    policies: values.policies ?? [],
    serve: servedParts(values),
    write: values.write,
    stores: values.stores,
    dicts: values.dicts,
    store: values.store,
    prefix: values.prefix,
    password: values.password,
    commands: values.commands,
    limits: {
      maxConnections: values['limits.max-connections'],
      maxRequest: values['limits.max-request'],
      maxPipeline: values['limits.max-pipeline'],
      idleTimeout: values['limits.idle-timeout'],
      maxUnsent: values['limits.max-unsent'],
    },
  };
}

function checkAddresses(
  reading: Reading,
  section: ListenerSection,
  id: string,
  bind: readonly ListenEndpoint[],
  taken: TakenAddresses,
): void {
  for (const [index, endpoint] of bind.entries()) {
    const at = section.at('bind', index);
    const address = nameOf(endpoint);
    const other = taken.get(address);
    const any = 'port' in endpoint && endpoint.port === 0;
    if (other !== undefined && !any) reading.report.error(at, `listener "${other}" has this address already`);
    taken.set(address, id);
    if (!isLoopback(endpoint)) {
      reading.report.warning(
        at,
        'other machines can connect here, and nothing asks who they are',
        'keep it behind a firewall',
      );
    }
  }
}

const SOCKET_UNIT_KEYS = 'systemd sets it: SocketMode=, SocketUser= and SocketGroup= of the socket unit';

/** The same for two that cannot be had at the same time. */
function nameOf(endpoint: ListenEndpoint): string {
  if ('path' in endpoint) return endpoint.path;
  return 'inherited' in endpoint ? `systemd:${endpoint.inherited}` : `${endpoint.host.toLowerCase()} ${endpoint.port}`;
}

function checkSocketKeys(section: ListenerSection, bind: readonly ListenEndpoint[]): void {
  if (!section.given('bind') || bind.some((endpoint) => 'path' in endpoint)) return;
  for (const key of ['mode', 'owner', 'group'] as const) {
    const hint = bind.some((endpoint) => 'inherited' in endpoint) ? SOCKET_UNIT_KEYS : undefined;
    if (section.given(key)) section.error(key, `"${key}" is for unix sockets, and this listener has none`, hint);
  }
}

function checkMaps(reading: Reading, section: ListenerSection, known: ReadonlySet<string>): void {
  const { protocol, map, maps, serve } = section.values;
  if (protocol === 'tcp-table') checkTcpTable(section);
  else if (protocol === 'policy') checkNoMaps(section);
  else if (protocol === 'resp') return;
  else if (protocol !== undefined && section.given('map')) {
    const names = protocol === 'dict' ? 'the dictionary; "dicts"' : 'the map; "maps"';
    section.error('map', '"map" is for tcp-table', `in ${protocol} the request names ${names} limits which`);
  }
  if (protocol !== undefined && protocol !== 'http' && section.given('serve'))
    section.error('serve', '"serve" is for http');
  if (protocol === 'http' && section.given('maps') && serve !== undefined && !serve.includes('lookup')) {
    section.error('maps', '"maps" needs "lookup" in "serve"');
  }
  if (protocol === 'dict' && section.given('maps')) {
    section.error('maps', '"maps" is not for dict', 'it serves dictionaries: dicts = ["…"]');
  }
  const check = (id: string, key: 'map' | 'maps', index?: number) => {
    if (known.has(id) || !reading.complete) return;
    const hint = didYouMean(id, known) ?? listOf(known);
    reading.report.error(section.at(key, index), `there is no map ${asWritten(section.node(key, index))}`, hint);
  };
  if (map !== undefined) check(map, 'map');
  for (const [index, id] of (maps ?? []).entries()) check(id, 'maps', index);
}

function checkPolicies(reading: Reading, section: ListenerSection, known: ReadonlySet<string>): void {
  const { protocol, policies } = section.values;
  if (protocol !== undefined && protocol !== 'policy' && section.given('policies')) {
    section.error('policies', '"policies" is for the protocol "policy"');
  }
  if (protocol === 'policy' && section.fine('policies') && !section.given('policies')) {
    section.error('protocol', 'a policy listener needs "policies"', 'as in policies = ["greylist"]');
  }
  for (const [index, id] of (policies ?? []).entries()) {
    if (known.has(id) || !reading.complete) continue;
    const hint = didYouMean(id, known) ?? listOf(known);
    const written = asWritten(section.node('policies', index));
    reading.report.error(section.at('policies', index), `there is no policy ${written}`, hint);
  }
}

/** Reading and changing stores goes with lookups by default, and beside health and metrics where these are named. */
function servedParts({ protocol, serve, write }: ListenerSection['values']): ListenerConfig['serve'] {
  if (protocol !== 'http') return [];
  const parts = serve ?? ['lookup'];
  return write === true ? [...parts, 'stores'] : parts;
}

/** Protocols that can change something. */
const WRITING: ReadonlySet<string> = new Set(['http', 'resp', 'dict']);

function checkStores(reading: Reading, section: ListenerSection, known: ReadonlySet<string>): void {
  const { protocol, write, stores } = section.values;
  if (protocol !== undefined && protocol !== 'http' && section.given('stores')) {
    section.error('stores', '"stores" is for http');
  }
  if (protocol !== undefined && !WRITING.has(protocol) && section.given('write')) {
    section.error('write', '"write" is for http, resp and dict');
  }
  if (protocol === 'http' && section.given('stores') && write !== true && section.fine('write')) {
    section.error('stores', '"stores" needs write = true', 'without it no store is offered, only maps are');
  }
  for (const [index, id] of (stores ?? []).entries()) {
    if (known.has(id) || !reading.complete) continue;
    const written = asWritten(section.node('stores', index));
    const hint = didYouMean(id, known) ?? listOf(known);
    reading.report.error(section.at('stores', index), `there is no store ${written}`, hint);
  }
}

function checkEndpoint(reading: Reading, section: ListenerSection, known: ReadonlySet<string>): void {
  const { protocol, store } = section.values;
  if (protocol === undefined) return;
  if (protocol !== 'resp') {
    for (const key of ['store', 'prefix', 'password', 'commands'] as const) {
      if (section.given(key)) section.error(key, `"${key}" is for resp`);
    }
    return;
  }
  checkNoMaps(section);
  if (section.fine('store') && !section.given('store')) {
    section.error('protocol', 'a resp listener needs "store"', 'the store that it offers, as in store = "redis"');
  }
  if (store !== undefined && !known.has(store) && reading.complete) {
    const hint = didYouMean(store, known) ?? listOf(known);
    section.error('store', `there is no store ${asWritten(section.node('store'))}`, hint);
  }
}

function checkNoMaps(section: ListenerSection): void {
  for (const key of ['map', 'maps'] as const) {
    const why = section.values.protocol === 'policy' ? 'policies name their maps' : 'it offers a store';
    if (section.given(key)) section.error(key, `"${key}" is not for ${section.values.protocol}`, why);
  }
}

function checkTcpTable(section: ListenerSection): void {
  if (section.fine('map') && !section.given('map')) {
    section.error('protocol', 'a tcp-table listener needs "map"', 'its requests name none, as in map = "aliases"');
  }
  if (section.given('maps')) section.error('maps', '"maps" is not for tcp-table', 'it has one: map = "…"');
}

function checkDicts(reading: Reading, section: ListenerSection, { dicts }: ServedIds): void {
  const { protocol } = section.values;
  if (protocol !== undefined && protocol !== 'dict') {
    if (section.given('dicts')) section.error('dicts', '"dicts" is for dict');
  }
  if (protocol === 'dict' && dicts.size === 0 && reading.complete) {
    section.error('protocol', 'there is no dictionary to serve', 'as in [dict."quota"]');
  }
  for (const [index, id] of (section.values.dicts ?? []).entries()) {
    if (dicts.has(id) || !reading.complete) continue;
    const written = asWritten(section.node('dicts', index));
    const hint = didYouMean(id, dicts) ?? listOf(dicts);
    reading.report.error(section.at('dicts', index), `there is no dictionary ${written}`, hint);
  }
}

/** Changes that others than the mail server can make, or that nobody can. */
function checkWrites(section: ListenerSection, bind: readonly ListenEndpoint[], { writable }: ServedIds): void {
  const { protocol, dicts, write, mode } = section.values;
  if (!section.fine('write', 'dicts')) return;
  const writes =
    protocol === 'dict'
      ? write !== false && [...writable].some((id) => dicts === undefined || dicts.includes(id))
      : protocol === 'http' && write === true;
  if (protocol === 'dict' && write === true && !writes) {
    section.warning('write', 'none of its dictionaries can be changed', 'write = true in [dict.<id>] too');
  }
  if (!writes) return;
  if (bind.some((endpoint) => !isLoopback(endpoint))) {
    section.warning('bind', 'other machines can change data here', 'a unix socket, or write = false');
  }
  if (bind.some((endpoint) => 'path' in endpoint) && mode !== undefined && (mode & 0o002) !== 0) {
    section.warning('mode', 'every user of this machine can change data here', 'as in mode = "0660", with a "group"');
  }
}
