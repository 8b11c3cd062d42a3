import type { Command } from '../command.js';
import { bench } from './bench.js';
import { check } from './check.js';
import { completions } from './completions.js';
import { consoleCommand } from './console.js';
import { del } from './del.js';
import { exists } from './exists.js';
import { expire } from './expire.js';
import { exportCommand } from './export.js';
import { get } from './get.js';
import { importCommand } from './import.js';
import { incr } from './incr.js';
import { info } from './info.js';
import { ping } from './ping.js';
import { query } from './query.js';
import { raw } from './raw.js';
import { scan } from './scan.js';
import { schema } from './schema.js';
import { serve } from './serve.js';
import { server } from './server.js';
import { set } from './set.js';
import { stats } from './stats.js';
import { tableProc } from './table-proc.js';
import { ttl } from './ttl.js';

/** Every command of the program, in the order of the help. A file of this folder, a line here. */
export const commands: readonly Command[] = [
  serve,
  check,
  schema,
  query,
  tableProc,
  importCommand,
  exportCommand,
  ping,
  info,
  stats,
  get,
  set,
  del,
  exists,
  ttl,
  expire,
  incr,
  scan,
  raw,
  consoleCommand,
  server,
  bench,
  completions,
];
