import { serverKeys } from '../declarations/server.js';
import type { Table } from '../document.js';
import type { ServerConfig } from '../model.js';
import { type Reading, readSection } from './section.js';

/** Reads `[server]` without its listeners. */
export function readServer(reading: Reading, table: Table): ServerConfig {
  const section = readSection(reading, table, serverKeys, { readBefore: 'listener' });
  const { workers, 'run-as.user': user, 'run-as.group': group } = section.values;
  if (user === undefined && group !== undefined && section.fine('run-as.user')) {
    section.error('run-as.group', '"run-as.group" needs "run-as.user"', 'as in run-as.user = "lookupd"');
  }
  return { workers, runAs: user === undefined ? undefined : { user, group } };
}
