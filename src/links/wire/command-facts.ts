import { type Argument, ReplyError } from '../../resp/reply.js';
import type { Command } from '../link.js';

/**
 * What a link must know of a command before it sends it. Where its keys are is listed here for what lookups
 * use; a cluster asks the server about all others (cluster/key-positions.ts).
 */
export interface CommandFacts {
  /** Indexes into the command; undefined: not known here. */
  readonly keys: KeyPositions | undefined;
  /** May hold its connection for long: it gets one of its own. */
  readonly blocking: boolean;
  /** Changes what its connection is, which other calls share. */
  readonly stateful: boolean;
}

export type KeyPositions = (command: Command) => readonly number[];

export function factsOf(command: Command): CommandFacts {
  const name = command[0];
  return FACTS.get(name) ?? FACTS.get(name.toUpperCase()) ?? PLAIN;
}

/** Why a command cannot be sent on a shared connection; undefined when it can. */
export function refusalOf(command: Command, facts = factsOf(command)): ReplyError | undefined {
  if (!facts.stateful) return undefined;
  if (/^client$/i.test(command[0]) && !/^reply$/i.test(String(command[1]))) return undefined;
  return new ReplyError(`ERR ${command[0].toUpperCase()} is not available on a connection that calls share`);
}

/** Whether the commands are one or more whole transactions and what stands between them. */
export function closesTransactions(commands: readonly Command[]): boolean {
  let open = false;
  for (const [name] of commands) {
    const begins = /^multi$/i.test(name);
    const ends = /^(exec|discard)$/i.test(name);
    if (begins === open && (begins || ends)) return false;
    if (ends && !open) return false;
    open = begins || (open && !ends);
  }
  return !open;
}

/** XREAD blocks only when told to. */
export function blocks(command: Command, facts: CommandFacts): boolean {
  return facts.blocking && (!/^xread/i.test(command[0]) || command.some(isBlock));
}

const isBlock = (argument: Argument) => typeof argument !== 'number' && /^block$/i.test(String(argument));

const NO_KEYS: KeyPositions = () => [];
const ONE = [1] as const;
const FIRST: KeyPositions = (command) => (command.length > 1 ? ONE : []);
const ALL: KeyPositions = (command) => range(1, command.length);
const ALL_BUT_LAST: KeyPositions = (command) => range(1, command.length - 1);
const EVERY_SECOND: KeyPositions = (command) => range(1, command.length, 2);
const FIRST_TWO: KeyPositions = (command) => range(1, Math.min(3, command.length));
/** `EVALSHA sha numkeys key … arg …` */
const COUNTED: KeyPositions = (command) => range(3, Math.min(command.length, 3 + numberOf(command[2])));
/** `XREAD … STREAMS key … id …` */
const STREAMS: KeyPositions = (command) => {
  const first = command.findIndex((argument) => /^streams$/i.test(String(argument))) + 1;
  return first === 0 ? [] : range(first, first + Math.floor((command.length - first) / 2));
};

function numberOf(argument: Argument | undefined): number {
  const count = Number(argument instanceof Uint8Array ? Buffer.from(argument).toString() : argument);
  return Number.isInteger(count) && count > 0 ? count : 0;
}

function range(from: number, to: number, step = 1): number[] {
  const indexes: number[] = [];
  for (let i = from; i < to; i += step) indexes.push(i);
  return indexes;
}

const PLAIN: CommandFacts = { keys: undefined, blocking: false, stateful: false };

const KEYS: readonly (readonly [KeyPositions, string])[] = [
  [NO_KEYS, 'PING ECHO INFO TIME DBSIZE PUBLISH SCRIPT CLUSTER CONFIG COMMAND SCAN KEYS FLUSHALL FLUSHDB ACL'],
  [FIRST, 'GET SET SETEX PSETEX SETNX GETSET GETDEL GETEX APPEND STRLEN SETRANGE GETRANGE INCR DECR INCRBY DECRBY'],
  [FIRST, 'INCRBYFLOAT TTL PTTL EXPIRE PEXPIRE EXPIREAT PEXPIREAT PERSIST TYPE HGET HSET HSETNX HMGET HMSET HDEL'],
  [FIRST, 'HEXISTS HGETALL HINCRBY HKEYS HVALS HLEN SADD SREM SISMEMBER SMISMEMBER SMEMBERS SCARD LPUSH RPUSH LPOP'],
  [FIRST, 'RPOP LRANGE LLEN LINDEX ZADD ZREM ZSCORE ZRANGE ZRANGEBYSCORE ZCARD ZINCRBY ZREMRANGEBYSCORE XADD XLEN'],
  [ALL, 'MGET DEL UNLINK EXISTS TOUCH SINTER SUNION SDIFF'],
  [EVERY_SECOND, 'MSET MSETNX'],
  [COUNTED, 'EVAL EVALSHA EVAL_RO EVALSHA_RO FCALL FCALL_RO BLMPOP BZMPOP'],
  [ALL_BUT_LAST, 'BLPOP BRPOP BZPOPMIN BZPOPMAX'],
  [FIRST_TWO, 'RENAME RENAMENX COPY LMOVE RPOPLPUSH SMOVE BLMOVE BRPOPLPUSH'],
  [STREAMS, 'XREAD XREADGROUP'],
  [NO_KEYS, 'WAIT WAITAOF'],
];

const BLOCKING = new Set(
  'BLPOP BRPOP BRPOPLPUSH BLMOVE BLMPOP BZPOPMIN BZPOPMAX BZMPOP XREAD XREADGROUP WAIT WAITAOF'.split(' '),
);

/** They would leave the shared connection subscribed, in another database, in a transaction or closed. */
const STATEFUL =
  'SUBSCRIBE PSUBSCRIBE SSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE SUNSUBSCRIBE MONITOR SYNC PSYNC REPLCONF SELECT AUTH ' +
  'HELLO QUIT RESET READONLY READWRITE ASKING WATCH UNWATCH MULTI EXEC DISCARD CLIENT';

const FACTS = new Map<string, CommandFacts>([
  ...KEYS.flatMap(([keys, names]) =>
    names.split(' ').map((name) => [name, { keys, blocking: BLOCKING.has(name), stateful: false }] as const),
  ),
  ...STATEFUL.split(' ').map((name) => [name, { keys: NO_KEYS, blocking: false, stateful: true }] as const),
]);
