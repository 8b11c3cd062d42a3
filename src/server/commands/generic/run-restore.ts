import { Area } from '../../../resp/area.js';
import type { Args } from '../../../resp/args.js';
import { CommandError, errors } from '../../errors.js';
import { NOTIFY } from '../../keyspace/notifications.js';
import { dumpPayload, payloadBody, readPayload } from '../../persistence/rdb/dump-payload.js';
import { isSanitized } from '../../persistence/rdb/sanitizing.js';
import { type Mended, RdbError } from '../../persistence/rdb/types.js';
import type { Call } from '../call.js';
import { readInteger } from '../numbers.js';

/**
 * RESTORE key ttl payload: puts what DUMP gave under the key. A payload is always checked to the last byte; what
 * `sanitize-dump-payload` says is whether mistakes that Redis would not have looked for are put right instead of refused.
 */
export function runRestore(call: Call): void {
  const { args, db, reply } = call;
  const options = readOptions(args);
  if (!options.replace && db.write(args, 1) !== 0) throw busyKey;
  const ttl = readInteger(args, 2);
  if (ttl < 0) throw new CommandError('ERR Invalid TTL value, must be >= 0');
  /** Each kind once, however many nodes of a value have it. */
  const mistakes = new Set<string>();
  const value = readValueAt(
    call,
    3,
    isSanitized(call.server, call.session) ? undefined : (what) => void mistakes.add(what),
  );
  // Also what has expired: it goes without being told of.
  const old = options.replace ? db.entries.find(args, 1, db.entries.hash(args, 1)) : 0;
  const expiry = ttl === 0 || options.absolute ? ttl : ttl + call.now;
  reply.ok();
  if (expiry > 0 && call.isOver(expiry)) {
    if (old === 0) return;
    db.remove(old);
    call.changed(1, NOTIFY.generic, 'del');
    call.propagate('DEL', args.text(1));
    return;
  }
  // As a key that is removed and made anew.
  if (old !== 0) db.remove(old);
  const ref = Buffer.isBuffer(value)
    ? db.putString(args, 1, new Area(value), 0, value.length)
    : db.putCollection(args, 1, value);
  db.setExpiry(ref, expiry);
  setAccess(call, options);
  call.changed(1, NOTIFY.generic, 'restore');
  const what = [...mistakes].join(', ');
  if (what !== '') call.server.log('warning', `A payload was not sound and has been put right: ${what}`);
  if (call.server.effects.listened) propagate(call, options, expiry, mistakes.size > 0);
}

/** The time as such, for whoever is told later, and the value as it is here now, where it is not the payload's. */
function propagate(call: Call, { absolute }: Options, expiry: number, isMended: boolean): void {
  const { args, db, server } = call;
  if (!isMended && (expiry === 0 || absolute)) return;
  const payload = isMended ? dumpPayload(db, db.peek(args, 1), server.settings).toString('latin1') : args.text(3);
  call.propagate('RESTORE', args.text(1), String(expiry), payload, ...args.texts(4), ...(absolute ? [] : ['ABSTTL']));
}

interface Options {
  replace: boolean;
  absolute: boolean;
  /** Seconds. */
  idle: number | undefined;
  frequency: number | undefined;
}

function readOptions(args: Args): Options {
  const options: Options = { replace: false, absolute: false, idle: undefined, frequency: undefined };
  for (let i = 4; i < args.count; i++) {
    const word = args.word(i);
    const isLast = i === args.count - 1;
    if (word === 'replace') options.replace = true;
    else if (word === 'absttl') options.absolute = true;
    else if (word === 'idletime' && !isLast && options.frequency === undefined) {
      options.idle = readInteger(args, ++i);
      if (options.idle < 0) throw new CommandError('ERR Invalid IDLETIME value, must be >= 0');
    } else if (word === 'freq' && !isLast && options.idle === undefined) {
      options.frequency = readInteger(args, ++i);
      if (options.frequency < 0 || options.frequency > 255) {
        throw new CommandError('ERR Invalid FREQ value, must be >= 0 and <= 255');
      }
    } else throw errors.syntax;
  }
  return options;
}

function readValueAt({ args, server }: Call, i: number, mended: Mended | undefined) {
  const body = payloadBody(args.bytes(i), !server.skipChecksums);
  if (!body) throw new CommandError('ERR DUMP payload version or checksum are wrong');
  try {
    return readPayload(body, server.settings, mended);
  } catch (error) {
    if (!(error instanceof RdbError)) throw error;
    server.log('verbose', `Internal error in RDB: ${error.message}`);
    throw new CommandError('ERR Bad data format');
  }
}

/** IDLETIME and FREQ count only under a policy that goes by them. */
function setAccess({ args, db, server }: Call, { idle, frequency }: Options): void {
  const ref = db.peek(args, 1);
  const byFrequency = server.settings.maxMemoryPolicy.endsWith('lfu');
  if (byFrequency && frequency !== undefined) server.keyspace.access.setFrequency(db.entries, ref, frequency);
  if (!byFrequency && idle !== undefined) server.keyspace.access.setIdleTime(db.entries, ref, idle * 1000);
}

const busyKey = new CommandError('BUSYKEY Target key name already exists.');
