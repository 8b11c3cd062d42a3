/**
 * What each command does with each of its keys, as COMMAND INFO tells it: where the keys are, then whether they
 * are only read (RO), read and written (RW), overwritten (OW) or removed (RM), and how. key-spec.ts reads it.
 */
export const keySpecTable: readonly { readonly keys: readonly string[]; readonly of: string }[] = [
  {
    keys: ['1 RO access'],
    of: 'bitcount bitfield_ro bitpos dump expiretime geodist geohash geopos georadius_ro georadiusbymember_ro geosearch get getbit getrange hexpiretime hget hgetall hkeys hmget hpexpiretime hpttl hrandfield hscan httl hvals lindex lpos lrange pexpiretime pttl smembers smismember srandmember sscan substr ttl xpending xrange xrevrange zcount zlexcount zmscore zrandmember zrange zrangebylex zrangebyscore zrank zrevrange zrevrangebylex zrevrangebyscore zrevrank zscan zscore',
  },
  {
    keys: ['1 RW update'],
    of: 'expire expireat geoadd hexpire hexpireat hmset hpersist hpexpire hpexpireat hset lset persist pexpire pexpireat setrange xack xclaim xsetid zadd',
  },
  {
    keys: ['1 RW access update'],
    of: 'decr decrby getset hincrby hincrbyfloat incr incrby incrbyfloat move setbit zincrby',
  },
  {
    keys: ['1 RW delete'],
    of: 'hdel lrem ltrim srem xautoclaim xdel xtrim zrem zremrangebylex zremrangebyrank zremrangebyscore',
  },
  { keys: ['1 RO'], of: 'hexists hlen hstrlen llen scard sismember strlen type xlen zcard' },
  { keys: ['1 RW insert'], of: 'append hsetnx linsert lpush lpushx pfadd rpush rpushx sadd' },
  { keys: ['1 RW access delete'], of: 'getdel lpop rpop spop zpopmax zpopmin' },
  { keys: ['1 RW access delete', '2 RW insert'], of: 'blmove brpoplpush lmove rpoplpush smove' },
  { keys: ['2 RO'], of: 'memory|usage object|encoding object|freq object|idletime object|refcount' },
  { keys: ['1# RO access'], of: 'sintercard zdiff zinter zintercard zunion' },
  { keys: ['1:-2 RW access delete'], of: 'blpop brpop bzpopmax bzpopmin' },
  { keys: ['1:-1 RO access'], of: 'mget sdiff sinter sunion' },
  { keys: ['1 OW update'], of: 'psetex restore restore-asking setex' },
  { keys: ['1:-1 RO'], of: 'exists touch watch' },
  { keys: ['2 RO access'], of: 'xinfo|consumers xinfo|groups xinfo|stream' },
  { keys: ['1 OW update', '2# RO access'], of: 'zdiffstore zinterstore zunionstore' },
  { keys: ['2# RW access delete'], of: 'blmpop bzmpop' },
  { keys: ['1:-1 RM delete'], of: 'del unlink' },
  {
    keys: ['2# RW access update -- We cannot tell how the keys will be used so we assume the worst, RW and UPDATE'],
    of: 'eval fcall',
  },
  {
    keys: ['2# RO access -- We cannot tell how the keys will be used so we assume the worst, RO and ACCESS'],
    of: 'eval_ro fcall_ro',
  },
  { keys: ['1 OW update', '2 RO access'], of: 'geosearchstore zrangestore' },
  { keys: ['1# RW access delete'], of: 'lmpop zmpop' },
  { keys: ['1 OW update', '2:-1 RO access'], of: 'sdiffstore sunionstore' },
  { keys: ['1:-1 not_key'], of: 'ssubscribe sunsubscribe' },
  { keys: ['2 RW insert'], of: 'xgroup|create xgroup|createconsumer' },
  { keys: ['2 RW access'], of: 'pfdebug' },
  { keys: ['2 RW delete'], of: 'xgroup|delconsumer xgroup|destroy' },
  {
    keys: ['1 RW access update variable_flags -- This command allows both access and modification of the key'],
    of: 'bitfield',
  },
  { keys: ['2 OW update', '3:-1 RO access'], of: 'bitop' },
  { keys: ['1 RO access', '2 OW update'], of: 'copy' },
  { keys: ['2# RW access update'], of: 'evalsha' },
  { keys: ['2# RO access'], of: 'evalsha_ro' },
  { keys: ['1 RO access', 'STORE@6 OW update', 'STOREDIST@6 OW update'], of: 'georadius' },
  { keys: ['1 RO access', 'STORE@5 OW update', 'STOREDIST@5 OW update'], of: 'georadiusbymember' },
  { keys: ['1 RW access update -- RW and UPDATE because it changes the TTL'], of: 'getex' },
  { keys: ['1:1 RO access'], of: 'lcs' },
  { keys: ['3 RW access delete', 'KEYS@-2:-1 RW access delete incomplete'], of: 'migrate' },
  { keys: ['1:-1/2 OW update'], of: 'mset' },
  { keys: ['1:-1/2 OW insert'], of: 'msetnx' },
  {
    keys: [
      '1:-1 RW access -- RW because it may change the internal representation of the key, and propagate to replicas',
    ],
    of: 'pfcount',
  },
  { keys: ['1 RW access insert', '2:-1 RO access'], of: 'pfmerge' },
  { keys: ['1 RW access delete', '2 OW update'], of: 'rename' },
  { keys: ['1 RW access delete', '2 OW insert'], of: 'renamenx' },
  { keys: ['1 RW access update variable_flags -- RW and ACCESS due to the optional `GET` argument'], of: 'set' },
  { keys: ['1 OW insert'], of: 'setnx' },
  { keys: ['1 RW update', '2:-1 RO access'], of: 'sinterstore' },
  {
    keys: [
      '1 RO access',
      "? RO access -- For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from the content of the key we sort",
      "? OW update -- For the optional STORE keyword. It is marked 'unknown' because the keyword can appear anywhere in the argument array",
    ],
    of: 'sort',
  },
  {
    keys: [
      '1 RO access',
      "? RO access -- For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from the content of the key we sort",
    ],
    of: 'sort_ro',
  },
  { keys: ['1 not_key'], of: 'spublish' },
  { keys: ['1 RW update -- UPDATE instead of INSERT because of the optional trimming feature'], of: 'xadd' },
  { keys: ['2 RW update'], of: 'xgroup|setid' },
  { keys: ['STREAMS@1:-1%2 RO access'], of: 'xread' },
  { keys: ['STREAMS@4:-1%2 RO access'], of: 'xreadgroup' },
];
