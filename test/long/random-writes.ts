import { parseLine } from '../harness/raw-client.js';

/**
 * Writes of every kind, drawn by chance, none of which is answered by an error: that a key has its type is in the first
 * letters of its name, wherever it is moved or renamed to. Databases 0 to 3 are written to and swapped; 5 takes what is
 * moved; 9 is emptied.
 *
 * In a line, `|` is between the commands of one write, `<h>` is one key of hashes (`<h2>` another one), `{9}` a number
 * below 9, `{word}` a word, `{new}` a number that rises, `{old}` one that was `{new}` lately. Few enough keys that each is
 * changed again and again. Times to live are either over at once (under 0.2 s: keys of `e…`, and what is persisted in the
 * same write) or far off (over 1,000 s), so that there is a moment after which nothing expires.
 */
const STRINGS = [
  'SET <s> {word}{word}{word}',
  'SET <s> {word} GET',
  'SET <s> {word} KEEPTTL',
  'SET <s> {word} XX EX 1{900}00',
  'SET <s> {word} NX PX 1{9}00000',
  'SETEX <s> 2{9}00 {word}',
  'PSETEX <s> 2{9}00000 {word}',
  'MSET <s> {word} <s2> {word}',
  'MSETNX <s> {word} <s2> {word}',
  'GETSET <s> {word}',
  'GETDEL <s>',
  'GETEX <s> EX 3{9}00',
  'GETEX <s> PXAT 41024448{9}0000',
  'GETEX <s> PERSIST',
  'APPEND <s> {word}',
  'SETRANGE <s> {50} {word}',
  'INCRBYFLOAT <f> {1000}.125',
  'INCRBY <n> {500}',
  'DECRBY <n> {500}',
  'SETBIT <b> {2000} 1',
  'BITFIELD <b> SET u8 #{9} {256} INCRBY i16 {100} {900} OVERFLOW FAIL INCRBY u2 {90} 1',
  'BITFIELD <b> OVERFLOW SAT INCRBY i5 {90} {9}',
  'BITOP XOR <b> <b2> <b3>',
  'BITOP NOT <b> <b2>',
  'PFADD <p> {word}',
  'PFCOUNT <p>',
  'PFMERGE <p> <p2> <p3>',
  String.raw`RESTORE <s> 0 "\x00\xc0\x07\x0a\x00t\xcdH\xa2\x83\xab\xce\x92" REPLACE`,
  String.raw`RESTORE <s> 41024448{9}0000 "\x00\xc0\x07\x0a\x00t\xcdH\xa2\x83\xab\xce\x92" REPLACE ABSTTL`,
];

/** Without STOREDIST: a replica computes the distance anew, and sine and cosine of V8 and of the C library differ in the last digit now and then. */
const COLLECTIONS = [
  'HSET <h> {word} {word} {word} {word}',
  'HSETNX <h> {word} {word}',
  'HDEL <h> {word} {word}',
  'HINCRBY <hn> {word} {9}',
  'HINCRBYFLOAT <hf> {word} 0.{9}',
  'RPUSH <l> {word} {word}',
  'LPUSHX <l> {word}',
  'LPOP <l> 2',
  'RPOP <l>',
  'LTRIM <l> 0 200',
  'LREM <l> 1 {word}',
  'LINSERT <l> BEFORE {word} {word}',
  'RPUSH <l> {word} | LSET <l> 0 {word}',
  'LMOVE <l> <l2> LEFT RIGHT',
  'LMPOP 2 <l> <l2> RIGHT COUNT 2',
  'RPUSH <l> {word} | BLPOP <l> 0',
  'RPUSH <l> {word} | BLMOVE <l> <l2> RIGHT LEFT 0',
  'SORT <l> ALPHA LIMIT 0 20 STORE <l2>',
  'SADD <t> {word} {1000}',
  'SREM <t> {word} {word}',
  'SPOP <t>',
  'SPOP <t> {4}',
  'SMOVE <t> <t2> {word}',
  'SUNIONSTORE <t> <t2> <t3>',
  'SINTERSTORE <t> <t2> <t3>',
  'SDIFFSTORE <t> <t2> <t3>',
  'ZADD <z> {1000} {word}',
  'ZADD <z> NX {1000} {word} {1000}.5 {word}',
  'ZADD <z> XX CH {1000} {word}',
  'ZADD <z> GT CH {1000} {word}',
  'ZADD <z> XX LT {1000} {word}',
  'ZADD <z> XX INCR 0.1 {word}',
  'ZINCRBY <z> 0.1 {word}',
  'ZPOPMIN <z>',
  'ZMPOP 2 <z> <z2> MAX COUNT 2',
  'ZADD <z> 1 {word} | BZPOPMIN <z> 0',
  'ZREMRANGEBYSCORE <z> {900} 1000',
  'ZREMRANGEBYRANK <z> -2 -1',
  'ZRANGESTORE <z> <z2> 0 20',
  'ZUNIONSTORE <z> 2 <z2> <z3> WEIGHTS 0.5 2 AGGREGATE MAX',
  'ZINTERSTORE <z> 2 <z2> <z3>',
  'ZDIFFSTORE <z> 2 <z2> <z3>',
  'GEOADD <g> {180} {80} {word}',
  'GEOSEARCHSTORE <g> <g2> FROMLONLAT 90 40 BYRADIUS 4000 km ASC COUNT 20',
  'GEORADIUS <g> 90 40 4000 km STORE <g2>',
];

/** `<x>` are there with both groups in each database that is written to; `<y>` come and go, with what they have. */
const STREAMS = [
  'XADD <x> {new}-1 f {word}',
  'XADD <x> {new}-* f {word} g {word}',
  'XADD <x> MAXLEN 200 {new}-1 f {word}',
  'XADD <a> MAXLEN ~ 100 * f {word}',
  'XADD <a> NOMKSTREAM MINID ~ 1-1 LIMIT 10 * f {word}',
  'XTRIM <x> MINID {old}',
  'XTRIM <a> MAXLEN ~ 50',
  'XDEL <x> {old}-1 {old}-1 {old}-1',
  'XSETID <x> {new}-0',
  'XREADGROUP GROUP g{2} c{4} COUNT {9} STREAMS <x> >',
  'XREADGROUP GROUP g{2} c{4} COUNT 2 NOACK STREAMS <x> <x2> > >',
  'XADD <x> {new}-1 f {word} | XREADGROUP GROUP g0 c{4} BLOCK 0 COUNT 1 STREAMS <x> >',
  'XACK <x> g{2} {old}-1 {old}-1 {old}-1 {old}-0',
  'XCLAIM <x> g{2} c{4} 0 {old}-1 {old}-1 {old}-1 FORCE',
  'XCLAIM <x> g{2} c{4} 0 {old}-1 {old}-1 IDLE {9000} RETRYCOUNT {9}',
  'XCLAIM <x> g{2} c{4} 0 {old}-1 {old}-1 FORCE JUSTID LASTID {old}-1',
  'XCLAIM <x> g{2} c{4} 0 {old}-1 TIME 17000000{900}00',
  'XAUTOCLAIM <x> g{2} c{4} 0 0-0 COUNT 1{9}',
  'XAUTOCLAIM <x> g{2} c{4} 0 {old} COUNT 5 JUSTID',
  'XGROUP CREATECONSUMER <x> g{2} c{9}',
  'XGROUP DELCONSUMER <x> g{2} c{9}',
  'XGROUP SETID <x> g{2} {old}-1',
  'XGROUP SETID <x> g{2} {old}-1 ENTRIESREAD {50}',
  'XGROUP DESTROY <x> g1 | XGROUP CREATE <x> g1 $',
  'XGROUP DESTROY <x> g1 | XGROUP CREATE <x> g1 {old}-1 ENTRIESREAD {50}',
  'COPY <x> <y> REPLACE',
  'COPY <x> <y> DB 5 REPLACE',
  'PEXPIRE <y> 1{9}',
  'EXPIRE <y> 3{9}00',
  `EVAL "for _, entry in ipairs(redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 5)) do redis.call('XACK', KEYS[1], ARGV[1], entry[1]) end" 1 <x> g{2}`,
  `EVAL "redis.pcall('XREADGROUP', 'GROUP', 'g0', 'c9', 'STREAMS', KEYS[1], '>')" 1 <y>`,
];

const KEYS = [
  'EXPIRE <l> 1{9}00',
  'EXPIRE <h> 2{9}00 NX',
  'EXPIRE <h> 2{9}00 XX',
  'PEXPIRE <z> 2{9}00000 GT',
  'PEXPIRE <z> 2{9}00000 LT',
  'EXPIREAT <t> 41024448{9}0',
  'PEXPIREAT <t> 41024448{9}0000',
  'EXPIREAT <s> 1',
  'EXPIRE <h> -1',
  'PERSIST <l>',
  'PERSIST <h>',
  'PERSIST <z>',
  'COPY <h> <h2> REPLACE',
  'COPY <z> <z2> DB 5',
  'HSET <h> {word} {word} | RENAME <h> <h2>',
  'SADD <t> {word} | RENAMENX <t> <t2>',
  'DEL <s> <h>',
  'UNLINK <l> <z> <t>',
  'MOVE <h> 5',
  'MOVE <l> 5',
  'MOVE <y> 5',
  'SELECT 5 | MOVE <h> {4} | MOVE <y> {4} | MOVE <e> {4} | SELECT {4}',
  'SELECT {4}',
  'SELECT {4}',
  'SWAPDB {4} {4}',
  'SELECT 9 | SET <s> {word} | HSET <h> {word} 1 | FLUSHDB | SET <s2> {word} | SELECT {4}',
  'MULTI | INCR <n> | EXPIRE <n> 4{9}00 | RPUSH <l> {word} | EXEC',
  'MULTI | SELECT 5 | SET <s> {word} EX 4{9}00 | SELECT {4} | SPOP <t> | SET <e> {word} PX 1{9} | EXEC',
];

/** What a replica gets to know when its time is over: it may neither delete nor leave out what its primary had in time. */
const SHORT_LIVED = [
  'SET <e> {word} PX 1{90}',
  'SET <e> {word}',
  'SET <e> {word} KEEPTTL',
  'APPEND <e> {word}',
  'GETEX <e> PX 2{90}',
  'GETEX <e> PERSIST',
  'PERSIST <e>',
  'COPY <e> <e2> REPLACE',
  'MOVE <e> 5',
  `EVAL "redis.pcall('RENAME', KEYS[1], KEYS[2])" 2 <e> <e2>`,
  'PEXPIRE <e> 1{9} | EXPIRE <e> 4{9}00 XX',
  'HSET <eh> {word} 1 | PEXPIRE <eh> 1{9} | HINCRBY <eh> {word} 1',
  'PEXPIRE <l> 2{9} | RPUSH <l> {word} | PERSIST <l>',
  'PEXPIRE <h> 2{9} | HSET <h> {word} {word} | PERSIST <h>',
  'PEXPIRE <z> 3{9} | ZADD <z> {1000} {word} | ZREM <z> {word} | EXPIRE <z> 4{9}00',
  'PEXPIRE <t> 3{9} | SPOP <t> | COPY <t> <t2> REPLACE | PERSIST <t2> | PERSIST <t>',
  'SET <s> {word} PX 3{9} | APPEND <s> {word} | PERSIST <s>',
];

const SCRIPTS = [
  `EVAL "return redis.call('INCR', KEYS[1]) + redis.call('LPUSH', KEYS[2], ARGV[1])" 2 <n> <l> {word}`,
  `EVAL "redis.call('SELECT', 5) redis.call('SET', KEYS[1], ARGV[1], 'EX', 4000) redis.call('SPOP', KEYS[2])" 2 <s> <t> {word}`,
  `EVAL "redis.call('SET', KEYS[1], redis.call('TIME')[2], 'PX', 30) redis.call('PERSIST', KEYS[1])" 1 <e>`,
  `EVAL "for _, name in ipairs(redis.call('SRANDMEMBER', KEYS[1], -3)) do redis.call('ZADD', KEYS[2], #name, name) end" 2 <t> <z>`,
];

const LIBRARIES = [
  String.raw`FUNCTION LOAD REPLACE "#!lua name=<lib>\n-- {1000}\nredis.register_function('push_<lib>', function(keys, args) return redis.call('RPUSH', keys[1], args[1]) end)"`,
  String.raw`FUNCTION LOAD REPLACE "#!lua name=<lib>\nlocal put = function(keys, args) redis.call('SET', keys[1], args[1], 'PX', 4000000) return redis.call('SPOP', keys[2]) end\nredis.register_function('put_<lib>', put)\nredis.register_function('same_<lib>', put)" | FCALL put_<lib> 2 <s> <t> {word}`,
  String.raw`FUNCTION LOAD REPLACE "#!lua name=<lib>\nredis.register_function('f_<lib>', function() return 1 end)" | FUNCTION DELETE <lib>`,
  String.raw`FUNCTION FLUSH | FUNCTION LOAD "#!lua name=<lib>\nredis.register_function{function_name='read_<lib>', callback=function() return {1000} end, flags={'no-writes'}}"`,
];

/** Drawn from alike, however many lines one has: the collections, of three types, twice. */
const COMMON = [STRINGS, COLLECTIONS, COLLECTIONS, STREAMS, KEYS, SHORT_LIVED, SCRIPTS];

/** A library takes as long as a hundred other writes. */
const KINDS = [...Array.from({ length: 12 }, () => COMMON).flat(), LIBRARIES];

/** How many keys there are of a kind, 500 unless said. */
const KEYS_OF: Readonly<Record<string, number>> = { x: 4, y: 20, a: 20, e: 50, eh: 50, lib: 6 };

const WRITTEN_TO = ['0', '1', '2', '3'];

export class RandomWrites {
  #newest = 0;

  constructor(private readonly below: (bound: number) => number) {}

  /** To be done first: the groups that streams are read by. */
  readonly preparations: readonly string[][] = [...WRITTEN_TO, '0'].flatMap((db, i) => [
    ['SELECT', db],
    ...(i < WRITTEN_TO.length ? GROUPS_OF_STREAMS : []),
  ]);

  /** The commands of one write. */
  next(): string[][] {
    const kind = KINDS[this.below(KINDS.length)]!;
    const line = kind[this.below(kind.length)]!;
    const keys = new Map<string, string>();
    const keyed = line.replace(/<([a-z]+)\d?>/g, (name, kind: string) => this.#key(keys, name, kind));
    const filled = keyed.replace(/\{(\w+)\}/g, (_, what: string) => this.#value(what));
    return filled.split(' | ').map(parseLine);
  }

  #key(keys: Map<string, string>, name: string, kind: string): string {
    const taken = [...keys.values()];
    let key = keys.get(name);
    while (key === undefined || (!keys.has(name) && taken.includes(key)))
      key = `${kind}${this.below(KEYS_OF[kind] ?? 500)}`;
    keys.set(name, key);
    return key;
  }

  #value(what: string): string {
    if (what === 'word') return `w${this.below(200)}`;
    if (what === 'new') return String(++this.#newest);
    if (what === 'old') return String(Math.max(1, this.#newest - this.below(100)));
    return String(this.below(Number(what)));
  }
}

const GROUPS_OF_STREAMS = Array.from({ length: KEYS_OF['x']! }, (_, i) =>
  ['g0', 'g1'].map((group) => ['XGROUP', 'CREATE', `x${i}`, group, '0', 'MKSTREAM']),
).flat();
