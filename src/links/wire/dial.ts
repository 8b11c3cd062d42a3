/**
 * Opens a connection and introduces us: ioredis connects (TCP, TLS, unix socket), says HELLO with the
 * credentials, falls back to RESP2, selects the database and sends READONLY. Then the socket is taken over
 * and ioredis sends nothing on it any more: its decoder rounds large integers and cannot tell a status from
 * a value, its queue resends what may have run. What commands and replies are is our own (session.ts).
 *
 * This is the only file that knows ioredis. No credential gets into an error: ioredis attaches the whole
 * command to its errors and old servers echo HELLO's arguments, so errors are made anew from cleaned text.
 */
import type { Socket } from 'node:net';
import { Redis, type RedisOptions } from 'ioredis';
import { keepStringMethodsFast } from '../../core/string-methods.js';
import { LinkError } from '../link.js';
import { explainFailure, NO_TLS_THERE } from './dial-failure.js';
import type { Target } from './target.js';
import { tlsOptions } from './tls-options.js';

// For ioredis.
keepStringMethodsFast();

export interface Dialling {
  /** The connection after its handshake. Rejects with a LinkError that was surely not executed. */
  readonly socket: Promise<Socket>;
  /** Gives up; the promise rejects. */
  cancel(): void;
  /** What may be wrong, when it was given up because nothing came. */
  hintWhenLate(): string | undefined;
}

export function dial(target: Target): Dialling {
  let attempt = introduce(target, target.protocolVersion === 'resp2' ? 2 : 3);
  let cancelled = false;
  const withFallback = async (): Promise<Socket> => {
    try {
      return await attempt.socket;
    } catch (error) {
      if (cancelled || !(error instanceof Refused) || !mayBeProtocol(error, target)) throw linkError(error, target);
      attempt = introduce(target, 2);
      return await attempt.socket.catch((second: unknown) => {
        throw linkError(second, target);
      });
    }
  };
  let lateHint: string | undefined;
  const cancel = () => {
    cancelled = true;
    lateHint = attempt.hintWhenLate();
    attempt.cancel();
  };
  return { socket: withFallback(), cancel, hintWhenLate: () => lateHint ?? attempt.hintWhenLate() };
}

/** A handshake that failed: after the connection stood, or before. */
class Refused extends Error {
  constructor(
    readonly reason: unknown,
    readonly connected: boolean,
  ) {
    super();
  }
}

/** ioredis falls back by itself, also where RESP3 is asked for. */
class NoResp3 extends Error {
  override readonly message = 'it does not speak RESP3 (protocol-version)';
}

/** The server is not, or not yet, what the link takes it for. */
class WrongRole extends Error {}

const ROLES: Readonly<Record<string, string>> = { master: 'a primary', slave: 'a replica', sentinel: 'a Sentinel' };

async function checkRole(redis: Redis, wanted: Target['role']): Promise<void> {
  const [role, , , state] = (await redis.call('ROLE')) as (string | undefined)[];
  if (role !== (wanted === 'primary' ? 'master' : 'slave')) throw new WrongRole(`it is ${ROLES[role ?? ''] ?? role}`);
  // One that has not copied its primary's data yet would not find what is there.
  if (wanted === 'replica' && state !== 'connected') throw new WrongRole('it is a replica without its primary');
}

function introduce(target: Target, protocol: 2 | 3): Dialling {
  const redis = new Redis(optionsFor(target, protocol));
  let connected = false;
  // A refused SELECT is only emitted: without this the connection would serve database 0.
  let failure: unknown;
  redis.on('error', (error: Error) => {
    failure ??= error;
  });
  redis.once('connect', () => {
    connected = true;
  });
  const cancel = () => {
    redis.disconnect();
    (redis.stream as Socket | undefined)?.destroy();
  };
  const take = async (): Promise<Socket> => {
    await redis.connect().catch((error: unknown) => {
      failure ??= error;
    });
    const socket = redis.stream as Socket | undefined;
    const checks = target.role !== undefined && failure === undefined;
    if (checks) await checkRole(redis, target.role).catch((error: unknown) => (failure ??= error));
    if (target.protocolVersion === 'resp3' && redis.condition?.protocol === 2) failure ??= new NoResp3();
    if (failure === undefined && socket?.destroyed === false) return takeOver(socket, target);
    cancel();
    throw new Refused(failure, connected);
  };
  const hintWhenLate = () => {
    const taken = (redis.stream as Socket | undefined)?.connecting === false;
    // A Redis without TLS reads the first message as text, and waits for more.
    return target.tls !== undefined && taken && !connected ? NO_TLS_THERE : undefined;
  };
  return { socket: take(), cancel, hintWhenLate };
}

function takeOver(socket: Socket, target: Target): Socket {
  socket.removeAllListeners('data');
  // ioredis listens for one error only; a second must not end the process.
  socket.on('error', () => {});
  if ('host' in target.address) socket.setKeepAlive(target.keepalive > 0, target.keepalive);
  return socket;
}

function optionsFor(target: Target, protocol: 2 | 3): RedisOptions & { replyMapping: 'legacy' } {
  const { address, user, password, database, tls } = target;
  return {
    ...('path' in address ? { path: address.path } : { host: address.host, port: address.port }),
    ...(user === undefined ? {} : { username: user }),
    ...(password === undefined ? {} : { password: password.reveal() }),
    ...(tls === undefined ? {} : { tls: tlsOptions(tls) }),
    db: database,
    protocol,
    // Its compiler types want it said; no reply but the handshake's is read by ioredis.
    replyMapping: 'legacy',
    readOnly: target.readOnly,
    // Its answer is what tells a live server from a silent one where HELLO is not sent.
    connectionName: 'lookupd',
    lazyConnect: true,
    retryStrategy: () => null,
    // Both are bounded by the caller, on its own clock.
    connectTimeout: 0,
    maxRetriesPerRequest: 0,
    // LOADING is an answer, for the caller to judge.
    enableReadyCheck: false,
    disableClientInfo: true,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
  };
}

/** Answers to HELLO that RESP2 would get too. */
const NOT_THE_PROTOCOL = /^(WRONGPASS|NOAUTH|NOPERM|LOADING|BUSY|MASTERDOWN|DENIED)\b|max number of clients|DB index/;
/** Error replies while connecting that pass by themselves. */
const PASSING = /^(LOADING|BUSY|MASTERDOWN)\b|max number of clients/;

/** Whether a server that knows only RESP2 may have answered so: proxies close the connection at HELLO. */
function mayBeProtocol(refused: Refused, target: Target): boolean {
  if (target.protocolVersion !== 'auto' || !refused.connected || refused.reason instanceof WrongRole) return false;
  return !isReply(refused.reason) || !NOT_THE_PROTOCOL.test(refused.reason.message);
}

function linkError(error: unknown, target: Target): LinkError {
  const reason = error instanceof Refused ? error.reason : error;
  const connected = error instanceof Refused && error.connected;
  const explained = isReply(reason) ? undefined : explainFailure(reason, target, connected);
  const text = explained?.text ?? cleaned(reason instanceof Error ? reason : undefined, target);
  const denied = reason instanceof NoResp3 || (isReply(reason) && !PASSING.test(reason.message));
  const kind = reason instanceof WrongRole ? 'topology' : denied ? 'denied' : 'connection';
  const what = kind === 'denied' ? 'the server refused us' : 'cannot connect';
  const details = { node: target.name, maybeExecuted: false, hint: explained?.hint };
  return new LinkError(kind, `${target.name}: ${what}: ${text}`, details);
}

function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

function cleaned(error: Error | undefined, target: Target): string {
  // A failure over several addresses has no message of its own.
  const text = error?.message || (error as NodeJS.ErrnoException | undefined)?.code || 'connection closed';
  const line = text.replace(/,? with args beginning with.*$/s, '');
  const secret = target.password?.reveal();
  return secret ? line.replaceAll(secret, '[secret]') : line;
}
