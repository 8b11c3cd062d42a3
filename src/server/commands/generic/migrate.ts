import type { ByteString } from '../../../resp/args.js';
import { CommandError } from '../../errors.js';
import { type Order, Transfer } from '../../migration/transfer.js';
import type { Call } from '../call.js';
import type { CommandDeclaration } from '../command.js';
import { readInteger } from '../numbers.js';
import { migratedKeys, readMigrateOptions } from './migrate-options.js';

/** The client waits as if blocked, everybody else goes on; so it cannot run where nobody may wait. */
export const migrate: CommandDeclaration = {
  name: 'migrate',
  summary: 'Atomically transfer a key from a Redis instance to another one.',
  since: '2.6.0',
  group: 'generic',
  complexity:
    'This command actually executes a DUMP+DEL in the source instance, and a RESTORE in the target instance. See the pages of these commands for time complexity. Also an O(N) data transfer between the two instances is performed.',
  history: [
    '3.0.0 Added the `COPY` and `REPLACE` options.',
    '3.0.6 Added the `KEYS` option.',
    '4.0.7 Added the `AUTH` option.',
    '6.0.0 Added the `AUTH2` option.',
  ],
  arguments: [
    'host',
    'port:integer',
    'key_or_empty_string(key#0 | empty_string"")',
    'destination-db:integer',
    'timeout:integer',
    '[COPY@3.0.0]',
    '[REPLACE@3.0.0]',
    '[authentication([AUTH password@4.0.7] | [AUTH2 username_password(username, password)@6.0.0])]',
    '[KEYS key#1@3.0.6...]',
  ],
  arity: -6,
  flags: ['write'],
  categories: ['dangerous'],
  keys: { first: 3, find: migratedKeys },
  run(call) {
    const order = readOrder(call);
    if (order.keys.length === 0) call.reply.simple('NOKEY');
    else if (call.block([], 0, undefined)) void transfer(call, order);
    else throw cannotWait;
  },
};

function readOrder({ args, db }: Call): Order {
  const { copy, replace, credentials, firstKey, keyCount } = readMigrateOptions(args);
  const timeout = readInteger(args, 5);
  const database = readInteger(args, 4);
  const keys: ByteString[] = [];
  for (let i = firstKey; i < firstKey + keyCount; i++) if (db.read(args, i) !== 0) keys.push(args.text(i));
  return {
    ...{ host: args.text(1), port: readPort(args.text(2)), database },
    ...{ timeout: timeout > 0 ? timeout : DEFAULT_TIMEOUT, copy, replace, credentials, db, keys },
  };
}

/** As C's atoi and the two bytes of a port have it: anything is a port. */
function readPort(text: string): number {
  return Number.parseInt(text, 10) & 0xffff;
}

async function transfer({ server, session }: Call, order: Order): Promise<void> {
  let error: string | undefined;
  try {
    error = await new Transfer(server, order).run();
  } catch (fault) {
    server.log('warning', `command "migrate" failed: ${(fault as Error).stack ?? String(fault)}`);
    error = 'ERR internal error';
  }
  session.writtenTo = server.replication.offset;
  server.blocking.unblock(session, () => {
    if (error === undefined) session.reply.ok();
    else server.dispatcher.fail(session.reply, new CommandError(error));
  });
}

const DEFAULT_TIMEOUT = 1000;
const cannotWait = new CommandError('ERR MIGRATE cannot wait for its target inside a transaction or script');
