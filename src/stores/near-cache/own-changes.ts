/**
 * A link that says which keys its own commands may have changed, before their callers learn how they ended: who has
 * written sees what was written, whatever the server's word of it takes. A command whose keys are not known may have
 * changed all of them; so a command that reads and is not known as one costs the near cache what it has.
 */
import type { Bytes } from '../../core/bytes.js';
import type { CallOptions, Command, KeyChanges, Link, LinkError, Script } from '../../links/link.js';
import { factsOf } from '../../links/wire/command-facts.js';
import type { Argument, Reply } from '../../resp/reply.js';

export class OwnChanges implements Link {
  constructor(
    private readonly link: Link,
    private readonly changed: (keys: readonly Bytes[] | undefined) => void,
  ) {}

  get kind(): Link['kind'] {
    return this.link.kind;
  }

  get crossSlot(): boolean {
    return this.link.crossSlot;
  }

  get holders(): Link['holders'] {
    const { link } = this;
    return link.holders && (() => link.holders!());
  }

  command(command: Command, options: CallOptions): Promise<Reply> {
    const sent = this.link.command(command, options);
    return reads(command) ? sent : sent.finally(() => this.#changedBy(command));
  }

  pipeline(commands: readonly Command[], options: CallOptions): Promise<(Reply | LinkError)[]> {
    const sent = this.link.pipeline(commands, options);
    const writes = commands.filter((command) => !reads(command));
    if (writes.length === 0) return sent;
    return sent.finally(() => {
      for (const command of writes) this.#changedBy(command);
    });
  }

  script(script: Script, keys: readonly Bytes[], args: readonly Argument[], options: CallOptions): Promise<Reply> {
    return this.link.script(script, keys, args, options).finally(() => this.changed(keys));
  }

  open(deadline: number): Promise<void> {
    return this.link.open(deadline);
  }

  nodeFor(key: Bytes | undefined, readOnly: boolean): string | undefined {
    return this.link.nodeFor(key, readOnly);
  }

  primaries(): ReturnType<Link['primaries']> {
    return this.link.primaries();
  }

  suspect(node: string, until: number | undefined): void {
    this.link.suspect?.(node, until);
  }

  onConnected(listener: (node: string) => void): void {
    this.link.onConnected?.(listener);
  }

  nodes(): ReturnType<Link['nodes']> {
    return this.link.nodes();
  }

  subscribe(...args: Parameters<Link['subscribe']>): ReturnType<Link['subscribe']> {
    return this.link.subscribe(...args);
  }

  track(prefix: string, changes: KeyChanges): void {
    this.link.track?.(prefix, changes);
  }

  topology(): ReturnType<Link['topology']> {
    return this.link.topology();
  }

  async refresh(options: CallOptions): Promise<void> {
    await this.link.refresh?.(options);
  }

  close(): Promise<void> {
    return this.link.close();
  }

  #changedBy(command: Command): void {
    const positions = factsOf(command).keys?.(command);
    if (positions === undefined || /^flush(all|db)$/i.test(command[0])) this.changed(undefined);
    else this.changed(positions.map((at) => bytesOf(command[at] ?? '')));
  }
}

function bytesOf(argument: Argument): Bytes {
  return argument instanceof Uint8Array ? argument : String(argument);
}

function reads([name]: Command): boolean {
  return READS.has(name) || READS.has(name.toUpperCase());
}

/** Those whose keys command-facts knows have to be here only to be quick; the others, so as to cost nothing. */
const READS: ReadonlySet<string> = new Set(
  [
    'GET MGET STRLEN GETRANGE SUBSTR GETBIT BITCOUNT BITPOS BITFIELD_RO LCS EXISTS TTL PTTL EXPIRETIME PEXPIRETIME TYPE',
    'TOUCH OBJECT DUMP HGET HMGET HGETALL HEXISTS HKEYS HVALS HLEN HSTRLEN HSCAN HRANDFIELD SISMEMBER SMISMEMBER',
    'SMEMBERS SCARD SRANDMEMBER SSCAN SINTER SUNION SDIFF SINTERCARD LRANGE LLEN LINDEX LPOS ZSCORE ZMSCORE ZRANGE',
    'ZREVRANGE ZRANGEBYSCORE ZREVRANGEBYSCORE ZRANGEBYLEX ZREVRANGEBYLEX ZCARD ZCOUNT ZLEXCOUNT ZRANK ZREVRANK ZSCAN',
    'ZRANDMEMBER ZINTER ZUNION ZDIFF ZINTERCARD XLEN XRANGE XREVRANGE XREAD XPENDING XINFO GEOPOS GEODIST GEOHASH',
    'GEOSEARCH PFCOUNT SORT_RO EVAL_RO EVALSHA_RO FCALL_RO SCAN KEYS RANDOMKEY DBSIZE PING ECHO TIME INFO MEMORY COMMAND',
    'CONFIG CLIENT CLUSTER ROLE LASTSAVE SLOWLOG LATENCY ACL PUBLISH SPUBLISH PUBSUB SCRIPT FUNCTION WAIT WAITAOF',
  ].flatMap((line) => line.split(' ')),
);
