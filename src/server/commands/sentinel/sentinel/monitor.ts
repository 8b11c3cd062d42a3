import { isIP } from 'node:net';
import { CommandError } from '../../../errors.js';
import { isPort } from '../../../sentinel/address.js';
import type { Sentinel } from '../../../sentinel/sentinel.js';
import type { Call } from '../../call.js';
import { readInteger } from '../../numbers.js';
import { saveAndReply, sentinelCommand } from '../with-sentinel.js';

export const monitor = sentinelCommand(
  {
    name: 'monitor',
    summary: 'Start monitoring',
    since: '2.8.4',
    arity: 6,
    arguments: ['name', 'ip', 'port:integer', 'quorum:integer'],
  },
  (call, sentinel) => {
    const { args } = call;
    const quorum = readInteger(args, 5, new CommandError('ERR Invalid quorum'));
    const port = readInteger(args, 4, new CommandError('ERR Invalid port'));
    if (quorum <= 0) throw new CommandError('ERR Quorum must be 1 or greater.');
    const place = { name: args.text(2), host: args.text(3), port, quorum };
    const isName = isIP(place.host) === 0;
    if (isName && !sentinel.settings.resolveHostnames) throw UNKNOWN_HOST;
    if (isName && call.session.peer.canBlock) addLater(call, sentinel, place);
    else {
      add(sentinel, place);
      saveAndReply(call, sentinel);
    }
  },
);

interface Place {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly quorum: number;
}

function add(sentinel: Sentinel, { name, host, port, quorum }: Place): void {
  const address = sentinel.resolve(host, port);
  if (!isPort(port)) throw new CommandError('ERR Invalid port number.');
  if (address === undefined) throw UNKNOWN_HOST;
  if (sentinel.primaries.has(name)) throw new CommandError('ERR Duplicate master name.');
  sentinel.tellOfMonitoring(sentinel.addPrimary(name, address, quorum));
}

/** The caller waits, as if blocked, until the host's name is resolved. */
function addLater(call: Call, sentinel: Sentinel, place: Place): void {
  const { server, session } = call;
  call.block([], 0, undefined);
  void sentinel.names.learn(place.host).then(() => {
    server.blocking.unblock(session, () => {
      try {
        add(sentinel, place);
        saveAndReply(session, sentinel);
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        server.dispatcher.fail(session.reply, error);
      }
    });
  });
}

const UNKNOWN_HOST = new CommandError('ERR Invalid IP address or hostname specified');
