import { twinSuite } from '../harness/twin.js';

const receive = (on: string, replies = 1) => ({ on, replies });

twinSuite(
  'publish and subscribe',
  {
    'subscribing counts, again does not': [
      { run: 'SUBSCRIBE a a b', replies: 3 },
      { run: 'PSUBSCRIBE a* b*', replies: 2 },
      { run: 'UNSUBSCRIBE a', replies: 1 },
      { run: 'UNSUBSCRIBE never', replies: 1 },
      { run: 'PUNSUBSCRIBE a*', replies: 1 },
      { run: 'UNSUBSCRIBE', replies: 1 },
      { run: 'PUNSUBSCRIBE', replies: 1 },
    ],
    'unsubscribing from nothing': ['UNSUBSCRIBE', 'PUNSUBSCRIBE', 'SUNSUBSCRIBE', 'UNSUBSCRIBE x', 'PUNSUBSCRIBE x'],
    'messages reach channels first, then patterns': [
      { run: 'SUBSCRIBE news', on: 'reader' },
      { run: 'PSUBSCRIBE n*', on: 'reader' },
      { run: 'PSUBSCRIBE [mn]ews', on: 'other' },
      'PUBLISH news one',
      ['PUBLISH', 'news', Buffer.from([0, 13, 10, 255])],
      'PUBLISH nobody x',
      receive('reader', 5),
      receive('other', 2),
    ],
    'a channel without a name': [
      { run: 'PSUBSCRIBE *', on: 'reader' },
      { run: 'PSUBSCRIBE **', on: 'other' },
      { run: 'SUBSCRIBE ""', on: 'other' },
      ['PUBLISH', '', 'one'],
      ['PUBSUB', 'CHANNELS', '*'],
      ['PUBSUB', 'CHANNELS', ''],
      { run: ['PSUBSCRIBE', ''], on: 'reader' },
      ['PUBLISH', '', 'two'],
      receive('reader'),
      receive('other', 2),
    ],
    'shard channels are a world of their own': [
      { run: 'SSUBSCRIBE a', on: 'reader' },
      { run: 'SUBSCRIBE a', on: 'other' },
      'SPUBLISH a one',
      'PUBLISH a two',
      receive('reader'),
      receive('other'),
      'PUBSUB SHARDCHANNELS',
      'PUBSUB SHARDCHANNELS b*',
      'PUBSUB SHARDNUMSUB a b',
      'PUBSUB SHARDNUMSUB',
      { run: 'SUNSUBSCRIBE', on: 'reader' },
    ],
    'PUBSUB tells who listens': [
      { run: 'SUBSCRIBE one', on: 'reader' },
      { run: 'PSUBSCRIBE p*', on: 'reader' },
      { run: 'PSUBSCRIBE p*', on: 'other' },
      'PUBSUB CHANNELS',
      'PUBSUB CHANNELS o*',
      'PUBSUB CHANNELS x*',
      'PUBSUB NUMSUB one two',
      'PUBSUB NUMSUB',
      'PUBSUB FOO',
      'PUBSUB NUMPAT x',
      'PUBSUB',
      'PUBSUB HELP',
    ],
    'what a subscriber may run': [
      'SUBSCRIBE a',
      'GET k',
      'CLIENT ID x',
      'MULTI',
      'PING',
      'PING hello',
      'RESET',
      { run: 'GET k', replies: 1 },
    ],
    'a publisher that listens itself': [
      { run: 'SSUBSCRIBE s', on: 'reader' },
      { run: 'SUNSUBSCRIBE s', on: 'reader' },
      'PUBLISH a 1',
      "EVAL \"return redis.call('publish', 'a', 'x')\" 0",
      "EVAL \"return redis.call('subscribe', 'a')\" 0",
    ],
    'in a transaction': ['MULTI', 'SSUBSCRIBE s', 'PUBLISH a 1', 'EXEC'],
  },
  // The twin's own subscriber and replica see every message.
  { skip: ['events', 'effects', 'dataset'], directives: { 'notify-keyspace-events': '' } },
);

twinSuite(
  'pushes between replies',
  {
    'messages to oneself come before the reply': [
      'SUBSCRIBE a',
      { run: 'PUBLISH a 1', replies: 2 },
      { run: 'CLIENT REPLY OFF', replies: 0 },
      { run: 'PUBLISH a 2', replies: 1 },
      'CLIENT REPLY ON',
      'UNSUBSCRIBE a',
    ],
  },
  { protocols: [3], skip: ['events', 'effects', 'dataset'] },
);

twinSuite(
  'keyspace notifications',
  {
    'reach subscribers as configured': [
      'CONFIG SET notify-keyspace-events KEA',
      'CONFIG GET notify-keyspace-events',
      { run: 'PSUBSCRIBE __key*__:k', on: 'reader' },
      'SET k v',
      'DEL k',
      receive('reader', 2),
      'CONFIG SET notify-keyspace-events E$g',
      { run: 'PSUBSCRIBE __keyevent@0__:*', on: 'events' },
      'SET k v',
      'DEL k',
      receive('events', 2),
      'CONFIG SET notify-keyspace-events Q',
      'CONFIG SET notify-keyspace-events KEAmn',
      'CONFIG GET notify-keyspace-events',
    ],
  },
  { skip: ['events', 'effects', 'dataset'] },
);
