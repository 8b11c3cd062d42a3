import type { Step } from '../harness/twin.js';
import { twinSuite } from '../harness/twin.js';
import { exact } from '../harness/twin-compare.js';

/** What is the same wherever a value is kept: not its address, nor when it was used. */
const masked = (reply: Buffer) =>
  exact(reply)
    .replace(/at:0x[0-9a-f]+/, 'at:<address>')
    .replace(/refcount:\d+/, 'refcount:<n>')
    .replace(/lru:\d+ lru_seconds_idle:\d+/, 'lru:<clock>')
    .replace(/zmalloc: \d+/g, 'zmalloc: <n>')
    .replace(/val_sds_avail:\d+/, 'val_sds_avail:<n>')
    .replace(/tot-mem: +\d+, clients: \d+/g, '<clients>');

const object = (key: string): Step => ({ run: `DEBUG OBJECT ${key}`, compare: masked });
const long = 'x'.repeat(100);

twinSuite('debug', {
  'tells of a value as it would be saved': [
    'SET int 12345',
    object('int'),
    'SET short abc',
    object('short'),
    `SET long ${long}`,
    object('long'),
    'SADD ints 1 2 3',
    object('ints'),
    'ZADD z 1 a 2.5 b',
    object('z'),
    'HSET h field value',
    object('h'),
    ['RPUSH', 'list', 'a', '1', long],
    object('list'),
    'CONFIG SET list-max-listpack-size 2 list-compress-depth 1',
    ['RPUSH', 'nodes', 'a', 'b', 'c', 'd', 'e'],
    object('nodes'),
    'CONFIG SET list-max-listpack-size -2 list-compress-depth 0',
    object('missing'),
  ],
  'tells how strings lie in memory': [
    'SET key abc',
    { run: 'DEBUG SDSLEN key', compare: masked },
    'SET int 1',
    'DEBUG SDSLEN int',
    'RPUSH list a',
    'DEBUG SDSLEN list',
    'DEBUG SDSLEN missing',
  ],
  'has tables of the databases, and of some values': [
    'DEBUG HTSTATS 3',
    'DEBUG HTSTATS 16',
    'DEBUG HTSTATS x',
    'DEBUG HTSTATS',
    'SADD ints 1 2 3',
    'DEBUG HTSTATS-KEY ints',
    'SET string 1',
    'DEBUG HTSTATS-KEY string',
    'HSET h f v',
    'DEBUG HTSTATS-KEY h',
    'ZADD z 1 a',
    'DEBUG HTSTATS-KEY z',
    'DEBUG HTSTATS-KEY missing',
  ],
  'shows encodings only of values that have them': [
    'HSET h f v',
    'DEBUG LISTPACK h',
    'RPUSH list a b',
    'DEBUG LISTPACK list',
    'DEBUG QUICKLIST list',
    'DEBUG QUICKLIST list 1',
    'DEBUG QUICKLIST h',
    'DEBUG LISTPACK missing',
    'DEBUG QUICKLIST missing',
  ],
  'counts clients by their size': [
    'DEBUG CLIENT-EVICTION',
    'CONFIG SET maxmemory-clients 100mb',
    { run: 'DEBUG CLIENT-EVICTION', compare: masked },
    'CONFIG SET maxmemory-clients 0',
  ],
  'tells replicas what never happened': ['DEBUG REPLICATE SET key value', 'EXISTS key', 'DEBUG REPLICATE'],
  'refuses what it does not know': [
    'DEBUG JMAP',
    'DEBUG OBJECT',
    'DEBUG OBJECT a b',
    'DEBUG RELOAD NOSUCH',
    'DEBUG STRINGMATCH-TEST now',
  ],
});
