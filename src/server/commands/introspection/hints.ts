/** COMMAND INFO's hints for clients and proxies: whether replies repeat, and how to ask a cluster. */
const HINTS: readonly { readonly hints: string; readonly of: string }[] = [
  {
    hints: 'nondeterministic_output',
    of: 'client|info client|list cluster|bumpepoch cluster|count-failure-reports cluster|getkeysinslot cluster|info cluster|links cluster|nodes cluster|replicas cluster|shards cluster|slaves cluster|slots dump hrandfield hscan lastsave migrate object|encoding object|freq object|idletime object|refcount pttl spop srandmember sscan time ttl xadd xautoclaim xclaim xinfo|consumers xpending xtrim zrandmember zscan',
  },
  {
    hints: 'nondeterministic_output_order',
    of: 'command command|docs command|info command|list function|list hgetall hkeys hvals module|list sdiff sinter smembers sunion',
  },
  {
    hints: 'request_policy:all_nodes response_policy:all_succeeded',
    of: 'client|setinfo config|set latency|reset script|flush script|load slowlog|reset',
  },
  { hints: 'request_policy:all_shards response_policy:agg_sum', of: 'dbsize' },
  { hints: 'request_policy:multi_shard response_policy:agg_sum', of: 'del exists touch unlink' },
  {
    hints: 'request_policy:all_shards response_policy:all_succeeded',
    of: 'flushall flushdb function|delete function|flush function|load function|restore memory|purge ping',
  },
  { hints: 'request_policy:all_shards response_policy:one_succeeded', of: 'function|kill script|kill' },
  {
    hints: 'nondeterministic_output request_policy:all_shards response_policy:special',
    of: 'function|stats info memory|doctor memory|malloc-stats memory|stats',
  },
  { hints: 'request_policy:all_shards nondeterministic_output_order', of: 'keys' },
  {
    hints: 'nondeterministic_output request_policy:all_nodes response_policy:special',
    of: 'latency|doctor latency|graph latency|histogram latency|history latency|latest',
  },
  { hints: 'request_policy:multi_shard', of: 'mget' },
  { hints: 'request_policy:multi_shard response_policy:all_succeeded', of: 'mset' },
  { hints: 'request_policy:multi_shard response_policy:agg_min', of: 'msetnx' },
  { hints: 'request_policy:all_shards nondeterministic_output', of: 'randomkey' },
  { hints: 'nondeterministic_output request_policy:special', of: 'scan' },
  { hints: 'request_policy:all_shards response_policy:agg_logical_and', of: 'script|exists' },
  { hints: 'request_policy:all_nodes nondeterministic_output', of: 'slowlog|get' },
  { hints: 'request_policy:all_nodes response_policy:agg_sum nondeterministic_output', of: 'slowlog|len' },
  { hints: 'request_policy:all_shards response_policy:agg_min', of: 'wait' },
];

const byName = new Map(
  HINTS.flatMap(({ hints, of }) => of.split(' ').map((name) => [name, hints.split(' ')] as const)),
);

/** By full name, "script|load". */
export function hintsOf(name: string): readonly string[] {
  return byName.get(name) ?? [];
}
