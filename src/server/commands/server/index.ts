import type { CommandDeclaration } from '../command.js';
import { acl } from './acl/index.js';
import { bgrewriteaof } from './bgrewriteaof.js';
import { bgsave } from './bgsave.js';
import { command } from './command/index.js';
import { config } from './config/index.js';
import { dbsize } from './dbsize.js';
import { debug } from './debug/debug.js';
import { failover } from './failover.js';
import { flushall } from './flushall.js';
import { flushdb } from './flushdb.js';
import { info } from './info/index.js';
import { lastsave } from './lastsave.js';
import { latency } from './latency/index.js';
import { lolwut } from './lolwut.js';
import { memory } from './memory/index.js';
import { module } from './module/index.js';
import { monitor } from './monitor.js';
import { psync } from './psync.js';
import { replconf } from './replconf.js';
import { replicaof } from './replicaof.js';
import { role } from './role.js';
import { save } from './save.js';
import { shutdown } from './shutdown.js';
import { slaveof } from './slaveof.js';
import { slowlog } from './slowlog/index.js';
import { swapdb } from './swapdb.js';
import { sync } from './sync.js';
import { time } from './time.js';

export const serverCommands: readonly CommandDeclaration[] = [
  acl,
  bgrewriteaof,
  bgsave,
  command,
  config,
  dbsize,
  debug,
  failover,
  flushall,
  flushdb,
  info,
  lastsave,
  latency,
  lolwut,
  memory,
  module,
  monitor,
  psync,
  replconf,
  replicaof,
  role,
  save,
  shutdown,
  slaveof,
  slowlog,
  swapdb,
  sync,
  time,
];
