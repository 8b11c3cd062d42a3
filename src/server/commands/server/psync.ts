import { CommandError } from '../../errors.js';
import type { Replica } from '../../replication/replica.js';
import type { Replication } from '../../replication/replication.js';
import type { Call } from '../call.js';
import type { CommandDeclaration } from '../command.js';
import { readInteger } from '../numbers.js';

export const psync: CommandDeclaration = {
  name: 'psync',
  summary: 'Internal command used for replication',
  since: '2.8.0',
  group: 'server',
  complexity: '',
  arguments: ['replicationid', 'offset:integer'],
  arity: -3,
  flags: ['admin', 'noscript', 'no_async_loading', 'no_multi'],
  run(call) {
    const { args, server } = call;
    if (args.count > 3 && args.word(3) === 'failover') takeOver(call);
    if (!mayBecomeReplica(call)) return;
    const offset = readOffset(call);
    const replica = server.replication.replicaOf(call.session);
    if (goOn(call, replica, args.text(1), offset)) server.replication.syncs.partial++;
    else {
      if (args.text(1) !== '?') server.replication.syncs.refused++;
      fullSync(call);
    }
  },
};

/** The primary has told this replica to become it. */
function takeOver({ args, server, session }: Call): void {
  const { replication, log } = server;
  log('warning', `Failover request received for replid ${args.text(1)}.`);
  if (!replication.isReplica) throw FAILOVER;
  if (args.text(1) !== replication.id) throw OTHER_HISTORY;
  server.settings.primary = '';
  replication.following.promote();
  log('notice', `MASTER MODE enabled (failover request from '${session.peer.address}')`);
}

const OTHER_HISTORY = new CommandError('ERR PSYNC FAILOVER replid must match my replid.');
const FAILOVER = new CommandError("ERR PSYNC FAILOVER can't be sent to a master.");
const FAILING_OVER = new CommandError("NOMASTERLINK Can't SYNC while failing over");
const PENDING_OUTPUT = new CommandError('ERR SYNC and PSYNC are invalid with pending output');
const NO_PRIMARY_LINK = new CommandError("NOMASTERLINK Can't SYNC while not connected with my master");
const NEEDS_MARK = new CommandError('ERR Filtered replica requires EOF capability');
const IN_PROCESS = new CommandError('ERR SYNC and PSYNC are not for callers in the same process');

function readOffset({ args, server, session }: Call): number {
  try {
    return readInteger(args, 2);
  } catch (error) {
    const { name } = server.replication.replicaOf(session);
    server.log('warning', `Replica ${name} asks for synchronization but with a wrong offset`);
    throw error;
  }
}

/** False for a replica that asks again: it gets no answer. */
export function mayBecomeReplica({ server, session, reply }: Call): boolean {
  const { replication } = server;
  const replica = replication.replicaOf(session);
  if (replica.isAttached) return false;
  if (replication.failover.state !== 'no-failover') throw FAILING_OVER;
  if (replication.isReplica && replication.following.state !== 'connected') throw NO_PRIMARY_LINK;
  const { socket } = session.peer;
  if (socket === undefined) throw IN_PROCESS;
  // Over TLS some of what was sent counts as unsent until later; it goes before what follows.
  const pending = socket.isPlain ? socket.unsent : socket.buffered;
  if (pending > 0 || reply.mark() > 0) throw PENDING_OUTPUT;
  if (replica.functionsOnly && !replica.knowsEndMark) throw NEEDS_MARK;
  server.log('notice', `Replica ${replica.name} asks for synchronization`);
  return true;
}

export function fullSync({ server, session }: Call): void {
  server.replication.fullSync.request(server.replication.replicaOf(session));
}

/** Goes on where the replica was, when the backlog still holds what it missed. */
function goOn({ server }: Call, replica: Replica, id: string, offset: number): boolean {
  const { replication, log } = server;
  if (!replication.continues(id, offset)) {
    if (id === '?') log('notice', `Full resync requested by replica ${replica.name}`);
    else {
      log('notice', `Partial resynchronization not accepted: ${mismatch(replication, id, offset)}`);
    }
    return false;
  }
  replication.flush();
  const { backlog } = replication;
  if (!backlog?.holds(offset)) {
    const request = `(Replica request was: ${offset})`;
    log('notice', `Unable to partial resync with replica ${replica.name} for lack of backlog ${request}.`);
    return false;
  }
  const length = backlog.nextOffset - offset;
  replica.write(replica.knowsNewIds ? `+CONTINUE ${replication.id}\r\n` : '+CONTINUE\r\n');
  replication.attach(replica);
  replica.followFrom(backlog, offset);
  replica.goOnline(server.clock.now(), false);
  replication.countGood();
  log(
    'notice',
    `Partial resynchronization request from ${replica.name} accepted. Sending ${length} bytes of backlog starting from offset ${offset}.`,
  );
  return true;
}

function mismatch({ id: ours, secondId, secondOffset }: Replication, id: string, offset: number): string {
  if (id === secondId) {
    return `Requested offset for second ID was ${offset}, but I can reply up to ${secondOffset}`;
  }
  return `Replication ID mismatch (Replica asked for '${id}', my replication IDs are '${ours}' and '${secondId}')`;
}
