import type { EmbeddedKeys } from '../declarations/store.js';
import { isLoopback } from '../language/listen-address.js';
import type { EmbeddedFiles, EmbeddedStoreConfig, TlsConfig } from '../model.js';
import { readCommonKeys } from './common-keys.js';
import { readEntries } from './entries.js';
import { readableFilesOf, warnOfReadable } from './readable-secrets.js';
import type { Reading, Section } from './section.js';
import { readTls, refuseTls } from './tls.js';

type EmbeddedSection = Section<EmbeddedKeys>;

/** Checks what the keys of an embedded store say together. */
export function readEmbeddedStore(reading: Reading, id: string, section: EmbeddedSection): EmbeddedStoreConfig {
  const { values } = section;
  const data = section.entries('data');
  checkFiles(section);
  checkListen(reading, section);
  warnOfPasswords(reading, section);
  return {
    type: 'embedded',
    ...readCommonKeys(id, section),
    data: data === undefined ? new Map() : readEntries(reading, data, (text) => text),
    files: values.path === undefined ? undefined : readFiles(reading, values.path, section),
    primary: values.replicaof,
    primaryTls: readPrimaryTls(reading, section),
    listen: values.listen ?? [],
    mode: values.mode,
    password: values.password?.reveal() === '' ? undefined : values.password,
  };
}

function readFiles({ macros }: Reading, path: string, { values }: EmbeddedSection): EmbeddedFiles {
  const { appendonly, appendfsync, save } = values;
  return { path: macros.resolvePath(path), appendonly, appendfsync, save };
}

function readPrimaryTls(reading: Reading, section: EmbeddedSection): TlsConfig | undefined {
  const { replicaof } = section.values;
  if (replicaof?.tls)
    return readTls(reading, section, { insecure: replicaof.insecure, position: section.at('replicaof') });
  if (section.fine('replicaof')) refuseTls(section);
  return undefined;
}

function checkFiles(section: EmbeddedSection): void {
  if (section.fine('path') && !section.given('path')) {
    for (const key of ['appendonly', 'appendfsync', 'save'] as const) {
      if (section.given(key)) section.error(key, `"${key}" needs "path"`, 'without a folder the data is in memory');
    }
  } else if (section.given('appendfsync') && section.fine('appendonly') && !section.values.appendonly) {
    section.error('appendfsync', '"appendfsync" needs the append-only file', 'and here is appendonly = false');
  }
  if (section.given('replicaof') && section.entries('data') !== undefined) {
    section.error(
      'data',
      'a store that follows another one has the data of that one',
      'leave out "data" or "replicaof"',
    );
  }
}

function checkListen(reading: Reading, section: EmbeddedSection): void {
  const { listen = [] } = section.values;
  const hasSocket = listen.some((endpoint) => 'path' in endpoint);
  if (section.given('mode') && section.fine('listen') && !hasSocket) {
    section.error('mode', '"mode" is for unix sockets, and "listen" has none');
  }
  if (section.given('password') && section.fine('listen') && listen.length === 0) {
    section.error('password', '"password" is for those who connect', 'as in listen = "127.0.0.1:6380"');
  }
  if (section.given('password')) return;
  for (const [index, endpoint] of listen.entries()) {
    if (isLoopback(endpoint)) continue;
    reading.report.warning(
      section.at('listen', index),
      'other machines are refused here: there is no password',
      'password = "…" lets in who says it',
    );
  }
}

function warnOfPasswords(reading: Reading, section: EmbeddedSection): void {
  const inUrl = section.values.replicaof?.password !== undefined;
  for (const key of ['password', 'replicaof'] as const) {
    if (!section.given(key) || (key === 'replicaof' && !inUrl)) continue;
    for (const file of readableFilesOf(reading, section.node(key))) warnOfReadable(reading, section.at(key), file);
  }
}
