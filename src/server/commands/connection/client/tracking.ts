import type { ByteString } from '../../../../resp/args.js';
import { CommandError, errors } from '../../../errors.js';
import type { Session } from '../../../session/session.js';
import type { TrackingOptions } from '../../../tracking/tracked.js';
import type { Call } from '../../call.js';
import type { CommandDeclaration } from '../../command.js';
import { readInteger } from '../../numbers.js';

export const tracking: CommandDeclaration = {
  name: 'tracking',
  summary: 'Enable or disable server assisted client side caching support',
  since: '6.0.0',
  group: 'connection',
  complexity: 'O(1). Some options may introduce additional complexity.',
  arguments: [
    'status(ON | OFF)',
    '[REDIRECT client-id:integer]',
    '[PREFIX prefix*...]',
    '[BCAST]',
    '[OPTIN]',
    '[OPTOUT]',
    '[NOLOOP]',
  ],
  arity: -3,
  flags: ['noscript', 'loading', 'stale'],
  run(call) {
    const { args, reply, server, session } = call;
    const options = readOptions(call);
    const mode = args.word(2);
    if (mode === 'on') {
      refuseModes(session, options);
      if (options.broadcast) refuseOverlaps(session.tracked?.prefixes ?? [], options.prefixes);
      server.tracking.enable(session, options);
    } else if (mode === 'off') server.tracking.disable(session);
    else throw errors.syntax;
    reply.ok();
  },
};

function readOptions(call: Call): TrackingOptions {
  const { args } = call;
  const flags = new Set<string>();
  const prefixes: ByteString[] = [];
  let redirect: TrackingOptions['redirect'];
  for (let i = 3; i < args.count; i++) {
    const option = args.word(i);
    const more = i + 1 < args.count;
    if (option === 'redirect' && more) {
      if (redirect !== undefined) throw new CommandError('ERR A client can only redirect to a single other client');
      redirect = findRedirection(call, ++i);
    } else if (option === 'prefix' && more) prefixes.push(args.text(++i));
    else if (FLAGS.has(option)) flags.add(option);
    else throw errors.syntax;
  }
  return {
    redirect,
    broadcast: flags.has('bcast'),
    optIn: flags.has('optin'),
    optOut: flags.has('optout'),
    noLoop: flags.has('noloop'),
    prefixes,
  };
}

const FLAGS: ReadonlySet<string> = new Set(['bcast', 'optin', 'optout', 'noloop']);

function findRedirection({ args, server }: Call, i: number): TrackingOptions['redirect'] {
  const id = readInteger(args, i);
  for (const session of server.sessions) if (session.id === id) return { id, session };
  throw new CommandError('ERR The client ID you want redirect to does not exist');
}

function refuseModes({ tracked }: Session, { broadcast, optIn, optOut, prefixes }: TrackingOptions): void {
  if (!broadcast && prefixes.length > 0) throw new CommandError('ERR PREFIX option requires BCAST mode to be enabled');
  if (tracked && tracked.broadcast !== broadcast) throw switching('BCAST mode on/off');
  if (broadcast && (optIn || optOut)) throw new CommandError('ERR OPTIN and OPTOUT are not compatible with BCAST');
  if (optIn && optOut) throw new CommandError("ERR You can't specify both OPTIN mode and OPTOUT mode");
  if ((optIn && tracked?.optOut) || (optOut && tracked?.optIn)) throw switching('OPTIN/OPTOUT mode');
}

function switching(what: string): CommandError {
  return new CommandError(
    `ERR You can't switch ${what} before disabling tracking for this client, and then re-enabling it with a different mode.`,
  );
}

/** No key may match two prefixes of one client. */
function refuseOverlaps(before: Iterable<ByteString>, prefixes: readonly ByteString[]): void {
  const overlap = (a: ByteString, b: ByteString) => a.startsWith(b) || b.startsWith(a);
  prefixes.forEach((prefix, i) => {
    for (const other of [...before].sort()) {
      if (overlap(prefix, other)) throw overlapping(prefix, `an existing prefix '${other}'`);
    }
    const other = prefixes.slice(i + 1).find((later) => overlap(prefix, later));
    if (other !== undefined) throw overlapping(prefix, `another provided prefix '${other}'`);
  });
}

function overlapping(prefix: ByteString, other: string): CommandError {
  return new CommandError(
    `ERR Prefix '${prefix}' overlaps with ${other}. Prefixes for a single client must not overlap.`,
  );
}
