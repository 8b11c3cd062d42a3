"""A session of redis-py: what its parsers make of the replies, a line each."""
import sys
import redis

r = redis.Redis(port=int(sys.argv[1]), decode_responses=True)


def tell(name, value):
    print(name, value)


tell('strings', [r.set('k', 'v', ex=100, get=True), r.get('k'), r.ttl('k'), r.getex('k', persist=True), r.ttl('k')])
tell('numbers', [r.incr('n', 5), r.incrbyfloat('f', 1.5), r.setbit('b', 7, 1), r.bitcount('b')])
tell('hash', [r.hset('h', mapping={'a': 1, 'b': 2}), r.hgetall('h'), r.hincrby('h', 'a', 4)])
tell('list', [r.rpush('l', *range(5)), r.lrange('l', 1, 3), r.lmove('l', 'm', 'LEFT', 'RIGHT'), r.blpop(['l'], 1)])
tell('set', [r.sadd('s', 'a', 'b'), sorted(r.smembers('s')), r.smismember('s', ['a', 'z'])])
tell('sorted set', [r.zadd('z', {'a': 1, 'b': 2.5}), r.zrange('z', 0, -1, withscores=True), r.zpopmax('z')])
tell('geo', [r.geoadd('g', (13.361389, 38.115556, 'Palermo')), r.geopos('g', 'Palermo'), r.geodist('g', 'Palermo', 'x')])
tell('stream', [r.xadd('x', {'f': 'v'}, id='1-1'), r.xrange('x'), r.xgroup_create('x', 'w', id='0')])
tell('group', [r.xreadgroup('w', 'c', {'x': '>'}), r.xpending('x', 'w'), r.xack('x', 'w', '1-1')])
tell('stream info', {name: value for name, value in r.xinfo_stream('x').items() if name in ('length', 'groups')})
tell('hyperloglog', [r.pfadd('p', 'a', 'b'), r.pfcount('p')])
tell('scan', sorted(r.scan_iter(match='[kn]', count=5)))
tell('types', [r.type(key) for key in ('k', 'h', 'l', 's', 'z', 'x')])

with r.pipeline(transaction=True) as pipe:
    pipe.watch('n')
    pipe.multi()
    tell('transaction', pipe.incr('n').get('n').execute())
    pipe.watch('n')
    r.incr('n')
    pipe.multi()
    pipe.get('n')
    try:
        pipe.execute()
    except redis.WatchError:
        tell('watch', 'lost')

script = r.register_script('return {KEYS[1], ARGV[1], redis.call("GET", KEYS[1])}')
tell('script', script(keys=['k'], args=['x']))
tell('function', [r.function_load('#!lua name=lib\nredis.register_function("f", function() return 7 end)'), r.fcall('f', 0)])

with r.lock('lock', timeout=5) as lock:
    tell('lock', [lock.owned(), lock.extend(5), r.lock('lock').acquire(blocking=False)])

with r.pubsub() as subscriber:
    subscriber.subscribe('news')
    subscriber.psubscribe('n*')
    heard = [subscriber.get_message(timeout=5) for _ in range(2)]
    r.publish('news', 'hello')
    heard += [subscriber.get_message(timeout=5) for _ in range(2)]
    tell('messages', [(message['type'], message['data']) for message in heard])

tell('server', [r.info('server')['redis_version'], r.config_get('maxclients'), r.config_set('maxclients', 5000)])
tell('client', [r.client_setname('mine'), r.client_getname(), [client['name'] for client in r.client_list() if client['name']]])
tell('commands', [r.command()['get']['arity'], r.command_count() > 200, r.command_getkeys('MGET', 'a', 'b')])
tell('acl', [r.acl_whoami(), r.acl_getuser('default')['enabled'], 'read' in r.acl_cat()])
tell('slow log', r.slowlog_get(1) == [] or 'duration' in r.slowlog_get(1)[0])
tell('memory', [r.memory_usage('k') > 0, 'peak.allocated' in r.memory_stats()])
tell('dump', r.restore('copy', 0, redis.Redis(port=int(sys.argv[1])).dump('h')) and r.hgetall('copy'))

for wrong in (lambda: r.lpush('k', 1), lambda: r.execute_command('NOSUCH'), lambda: r.incr('k')):
    try:
        wrong()
    except redis.ResponseError as error:
        tell('error', error)

for failing in (
    lambda: redis.Redis(port=int(sys.argv[1]), password='wrong').ping(),
    lambda: redis.Redis(port=int(sys.argv[1]), db=99).ping(),
):
    try:
        failing()
    except redis.RedisError as error:
        tell(type(error).__name__, error)
