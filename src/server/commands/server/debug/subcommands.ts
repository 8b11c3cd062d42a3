import { standStill } from '../../../../core/stand-still.js';
import { Args } from '../../../../resp/args.js';
import { CommandError, errors, wrongSubcommand } from '../../../errors.js';
import { DEFAULT_PEAK_RESET_TIME } from '../../../session/client-buffers.js';
import type { Call } from '../../call.js';
import { parseFloatText, readInteger } from '../../numbers.js';
import { rewriteConfiguration } from '../config/rewrite.js';
import { clientMemory } from './client-memory.js';
import { dropMessages, endLinks } from './cluster.js';
import { debugDigest, debugDigestValue } from './digest.js';
import { debugListpack, debugQuicklist, debugStringLength } from './encodings.js';
import { crash } from './ending.js';
import { testGlobs } from './glob-test.js';
import { databaseTables, keyTable } from './hash-tables.js';
import { debugLoadAof } from './load-aof.js';
import { debugObject } from './object.js';
import { debugProtocol } from './protocol.js';
import { debugReload } from './reload.js';
import { changeReplicationId, replicate } from './stream.js';
import { allowAllInScripts, pauseCron, setActiveExpire, setPackedThreshold, setSkipChecksums } from './switches.js';

/** DEBUG's subcommands, as far as tests use them: how many arguments each takes, and what it does. */
export interface DebugSubcommand {
  readonly min: number;
  readonly max: number;
  readonly run: (call: Call) => void;
}

export const debugSubcommands: ReadonlyMap<string, DebugSubcommand> = new Map(
  Object.entries<DebugSubcommand>({
    sleep: { min: 1, max: 1, run: sleep },
    digest: { min: 0, max: 0, run: debugDigest },
    'digest-value': { min: 0, max: Infinity, run: debugDigestValue },
    reload: { min: 0, max: Infinity, run: debugReload },
    'set-active-expire': { min: 1, max: 1, run: setActiveExpire },
    'set-skip-checksum-validation': { min: 1, max: 1, run: setSkipChecksums },
    'set-disable-deny-scripts': { min: 1, max: 1, run: allowAllInScripts },
    'quicklist-packed-threshold': { min: 1, max: 1, run: setPackedThreshold },
    'aof-flush-sleep': {
      min: 1,
      max: 1,
      run({ args, reply, server }) {
        server.appendOnlyFile.appender.flushPause = readInteger(args, 2) / 1000;
        reply.ok();
      },
    },
    loadaof: { min: 0, max: 0, run: debugLoadAof },
    object: { min: 1, max: 1, run: debugObject },
    htstats: { min: 1, max: 1, run: databaseTables },
    'htstats-key': { min: 1, max: 1, run: keyTable },
    listpack: { min: 1, max: 1, run: debugListpack },
    quicklist: { min: 1, max: 2, run: debugQuicklist },
    sdslen: { min: 1, max: 1, run: debugStringLength },
    'change-repl-id': { min: 0, max: 0, run: changeReplicationId },
    replicate: { min: 1, max: Infinity, run: replicate },
    'client-eviction': { min: 0, max: 0, run: clientMemory },
    'stringmatch-test': { min: 0, max: 0, run: testGlobs },
    assert: { min: 0, max: Infinity, run: crash },
    oom: { min: 0, max: Infinity, run: crash },
    panic: { min: 0, max: Infinity, run: crash },
    segfault: { min: 0, max: Infinity, run: crash },
    protocol: { min: 1, max: 1, run: debugProtocol },
    populate: { min: 1, max: 3, run: populate },
    error: {
      min: 1,
      max: 1,
      run({ args }) {
        throw new CommandError(args.text(2));
      },
    },
    log: {
      min: 1,
      max: 1,
      run({ args, reply, server }) {
        server.log('warning', `DEBUG LOG: ${args.text(2)}`);
        reply.ok();
      },
    },
    'drop-cluster-packet-filter': { min: 1, max: 1, run: dropMessages },
    clusterlink: { min: 3, max: 3, run: endLinks },
    'pause-cron': { min: 1, max: 1, run: pauseCron },
    'config-rewrite-force-all': {
      min: 0,
      max: 0,
      run({ reply, server }) {
        rewriteConfiguration(server, { all: true });
        reply.ok();
      },
    },
    replybuffer: { min: 2, max: 2, run: replyBuffer },
    help: { min: 0, max: 0, run: help },
  }),
);

/** Stops the whole server for so many seconds, decimals allowed. */
function sleep({ args, reply }: Call): void {
  const seconds = parseFloatText(args.text(2)) ?? 0;
  standStill(seconds * 1000);
  reply.ok();
}

/** `count [prefix] [size]`: strings "prefix:n" with "value:n", filled up with zero bytes to the size. */
function populate({ args, reply, db }: Call): void {
  const count = readInteger(args, 2);
  const size = args.count === 5 ? readInteger(args, 4) : 0;
  if (count < 0 || size < 0) throw errors.outOfRange;
  const prefix = args.count >= 4 ? args.text(3) : 'key';
  for (let n = 0; n < count; n++) {
    const key = Args.of(`${prefix}:${n}`);
    if (db.peek(key, 0) !== 0) continue;
    const value = `value:${n}`;
    db.putText(key, 0, size === 0 ? value : value.slice(0, size).padEnd(size, '\0'));
  }
  reply.ok();
}

/** `peak-reset-time never|reset|<ms>`, `resizing 0|1`: how clients' reply buffers follow their use. */
function replyBuffer({ args, reply, server }: Call): void {
  const option = args.word(2);
  const value = args.word(3);
  if (option === 'resizing') server.replyBuffers.resizing = value !== '0';
  else if (option !== 'peak-reset-time') throw wrongSubcommand('DEBUG', args.text(1));
  else if (value === 'never') server.replyBuffers.peakResetTime = -1;
  else if (value === 'reset') server.replyBuffers.peakResetTime = DEFAULT_PEAK_RESET_TIME;
  else server.replyBuffers.peakResetTime = readInteger(args, 3);
  reply.ok();
}

const HELP = `DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:
DIGEST
    Output a hex signature representing the current DB content.
DIGEST-VALUE <key> [<key> ...]
    Output a hex signature of the values of all the specified keys.
AOF-FLUSH-SLEEP <microsec>
    Server will sleep before flushing the AOF, this is used for testing.
ASSERT
    End the server at once, as a crash would.
CHANGE-REPL-ID
    Change the replication IDs of the instance.
    Dangerous: should be used only for testing the replication subsystem.
CLIENT-EVICTION
    Show clients by what they take up (maxmemory-clients).
CONFIG-REWRITE-FORCE-ALL
    Like CONFIG REWRITE but writes all configuration options, including
    keywords not listed in original configuration file or default values.
ERROR <string>
    Return a Redis protocol error with <string> as message. Useful for clients
    unit tests to simulate Redis errors.
HTSTATS <dbid>
    Return hash table statistics of the specified database.
HTSTATS-KEY <key>
    Like HTSTATS but for the hash table stored at <key>'s value.
LISTPACK <key>
    Write to the log what the listpack of <key> would be saved as.
LOADAOF
    Flush the AOF buffers on disk and reload the AOF in memory.
LOG <message>
    Write <message> to the server log.
OBJECT <key>
    Show low level info about \`key\` and associated value.
OOM
    End the server at once, as a crash would.
PANIC
    End the server at once, as a crash would.
PAUSE-CRON <0|1>
    Stop periodic cron job processing.
POPULATE <count> [<prefix>] [<size>]
    Create <count> string keys named key:<num>. If <prefix> is specified then
    it is used instead of the 'key' prefix.
PROTOCOL <type>
    Reply with a test value of the specified type. <type> can be: string,
    integer, double, bignum, null, array, set, map, attrib, push, verbatim,
    true, false.
SET-ACTIVE-EXPIRE <0|1>
    Setting it to 0 disables expiring keys in background when they are not
    accessed (otherwise the Redis behavior). Setting it to 1 reenables back the
    default.
QUICKLIST-PACKED-THRESHOLD <size>
    Sets the threshold for elements to be inserted as plain vs packed nodes
    Default value is 1GB, allows values up to 4GB. Setting to 0 restores to default.
QUICKLIST <key> [<0|1>]
    Write to the log what the nodes of <key> would be saved as.
RELOAD [option ...]
    Save the RDB on disk and reload it back to memory. Valid <option> values:
    * MERGE: conflicting keys will be loaded from RDB.
    * NOFLUSH: the existing database will not be removed before load, but
      conflicting keys will generate an exception.
    * NOSAVE: the database will be loaded from an existing RDB file.
REPLICATE <string> [<string> ...]
    Replicates the provided command to replicas, allowing data divergence.
REPLYBUFFER PEAK-RESET-TIME <NEVER|RESET|time>
    Sets the time (in milliseconds) to wait between client reply buffer peak resets.
REPLYBUFFER RESIZING <0|1>
    Enable or disable the resizing of client reply buffers.
SDSLEN <key>
    Show the lengths of \`key\` and its value, and the room they have.
SEGFAULT
    End the server at once, as a crash would.
SET-DISABLE-DENY-SCRIPTS <0|1>
    Allow scripts to call commands that are marked as not for them.
SET-SKIP-CHECKSUM-VALIDATION <0|1>
    Enables or disables checksum checks for RDB files and RESTORE's payload.
SLEEP <seconds>
    Stop the server for <seconds>. Decimals allowed.
STRINGMATCH-TEST
    Try many random patterns on random strings.
HELP
    Prints this help.`.split('\n');

function help({ reply }: Call): void {
  reply.array(HELP.length);
  for (const line of HELP) reply.simple(line);
}
