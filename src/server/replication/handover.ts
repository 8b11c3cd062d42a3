import { connect, type Socket } from 'node:net';
import type { Cancel } from '../../core/clock.js';
import { encodeWords } from '../../resp/request-encoder.js';
import type { Server } from '../server.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A replica is being told to take over. */
export interface Handover {
  cancel(): void;
}

/**
 * Introduces itself to a replica as a replica of it would, and asks it by PSYNC … FAILOVER to become the primary; `done` hears
 * whether it has. Connections that fail are tried again every second: only an answer ends it, or `cancel`.
 */
export function handOver(server: Server, target: Address, done: (accepted: boolean) => void): Handover {
  let socket: Socket | undefined;
  let cancelRetry: Cancel = () => {};
  let isOver = false;
  const end = (accepted: boolean) => {
    if (isOver) return;
    isOver = true;
    socket?.destroy();
    done(accepted);
  };
  const attempt = () => {
    socket = connect(target.port, target.host);
    socket.setTimeout(server.settings.replicationTimeout * 1000, () => socket?.destroy());
    socket.on('error', (error) =>
      server.log('warning', `Error condition on socket for SYNC: ${(error as NodeJS.ErrnoException).code ?? ''}`),
    );
    socket.on('close', () => {
      if (!isOver) cancelRetry = server.clock.schedule(RETRY, attempt);
    });
    converse(socket, questions(server), end);
  };
  attempt();
  return {
    cancel() {
      isOver = true;
      cancelRetry();
      socket?.destroy();
    },
  };
}

/** One after another; the last answer decides. */
function converse(socket: Socket, all: readonly (readonly string[])[], end: (accepted: boolean) => void): void {
  const left = [...all];
  let received = '';
  const ask = () => socket.write(encodeWords(left.shift()!));
  socket.on('connect', ask);
  socket.on('data', (chunk: Buffer) => {
    received += chunk.latin1Slice();
    for (let at = received.indexOf('\n'); at >= 0 && !socket.destroyed; at = received.indexOf('\n')) {
      const line = received.slice(0, at).trim();
      received = received.slice(at + 1);
      // Empty lines are signs of life.
      if (line === '') continue;
      if (left.length > 0) ask();
      else end(/^\+(?:CONTINUE|FULLRESYNC)/.test(line));
    }
  });
}

function questions({ configuration, replication, listeners }: Server): string[][] {
  const user = configuration.get('masteruser') ?? '';
  const password = configuration.get('masterauth') ?? '';
  const login = user === '' ? ['AUTH', password] : ['AUTH', user, password];
  return [
    ['PING'],
    ...(password === '' ? [] : [login]),
    ['REPLCONF', 'listening-port', String(listeners.port)],
    ['REPLCONF', 'capa', 'eof', 'capa', 'psync2'],
    ['PSYNC', replication.id, String(replication.offset + 1), 'FAILOVER'],
  ];
}

/** Milliseconds. */
const RETRY = 1000;
