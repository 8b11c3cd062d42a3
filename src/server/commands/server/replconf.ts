import { CommandError, errors } from '../../errors.js';
import type { Replica } from '../../replication/replica.js';
import type { Call } from '../call.js';
import type { CommandDeclaration } from '../command.js';
import { readInteger } from '../numbers.js';

export const replconf: CommandDeclaration = {
  name: 'replconf',
  summary: 'An internal command for configuring the replication stream',
  since: '3.0.0',
  group: 'server',
  complexity: 'O(1)',
  system: true,
  arity: -1,
  flags: ['admin', 'noscript', 'loading', 'stale', 'allow_busy'],
  run(call) {
    const { args, reply, server, session } = call;
    if (args.count % 2 === 0) throw errors.syntax;
    const replica = server.replication.replicaOf(session);
    for (let i = 1; i < args.count; i += 2) {
      const option = OPTIONS.get(args.word(i));
      if (option === undefined) throw new CommandError(`ERR Unrecognized REPLCONF option: ${args.text(i)}`);
      if (option(replica, call, i + 1) === 'silent') return;
    }
    reply.ok();
  },
};

/** Reads the value at argument `i`; `silent` ends the command without an answer. */
type Option = (replica: Replica, call: Call, i: number) => 'silent' | undefined;

const OPTIONS: ReadonlyMap<string, Option> = new Map(
  Object.entries<Option>({
    'listening-port'(replica, { args }, i) {
      replica.listeningPort = readInteger(args, i);
      return undefined;
    },
    'ip-address'(replica, { args }, i) {
      const length = args.length(i);
      if (length >= LONGEST_ADDRESS) {
        throw new CommandError(`ERR REPLCONF ip-address provided by replica instance is too long: ${length} bytes`);
      }
      replica.announcedAddress = args.text(i);
      return undefined;
    },
    capa(replica, { args }, i) {
      const capability = args.word(i);
      if (capability === 'eof') replica.knowsEndMark = true;
      if (capability === 'psync2') replica.knowsNewIds = true;
      return undefined;
    },
    ack(replica, { args, server }, i) {
      const offset = Number(args.text(i));
      if (replica.isAttached && Number.isSafeInteger(offset)) server.replication.acknowledged(replica, offset);
      return 'silent';
    },
    // For replicas to answer; a primary has nothing to acknowledge.
    getack(_, { server, session }) {
      if (session.isPrimary) server.replication.following.stream?.acknowledge();
      return 'silent';
    },
    'rdb-only'(replica, { args }, i) {
      const value = readInteger(args, i);
      if (value !== 0 && value !== 1) throw NOT_ZERO_OR_ONE;
      replica.snapshotOnly = value === 1;
      return undefined;
    },
    'rdb-filter-only'(replica, { args }, i) {
      for (const part of args.text(i).split(/\s+/)) {
        if (part !== 'functions' && part !== '') {
          throw new CommandError(`ERR Unsupported rdb-filter-only option: ${part}`);
        }
      }
      replica.functionsOnly = true;
      return undefined;
    },
  }),
);

const NOT_ZERO_OR_ONE = new CommandError('ERR value is out of range, value must between 0 and 1');
const LONGEST_ADDRESS = 256;
