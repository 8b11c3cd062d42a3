import { ReplyError } from '../resp/reply.js';

/**
 * Error replies that several commands share, worded as Redis 7.0 words them. Thrown by handlers; made once,
 * so that a wrong command costs no stack trace.
 */
export class CommandError extends ReplyError {
  constructor(message: string) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = limit;
  }
}

/** What a command has failed with that a script called: it is in the statistics already. */
export class CountedError extends CommandError {}

export const errors = {
  wrongType: new CommandError('WRONGTYPE Operation against a key holding the wrong kind of value'),
  syntax: new CommandError('ERR syntax error'),
  notInteger: new CommandError('ERR value is not an integer or out of range'),
  notFloat: new CommandError('ERR value is not a valid float'),
  overflow: new CommandError('ERR increment or decrement would overflow'),
  noSuchKey: new CommandError('ERR no such key'),
  outOfRange: new CommandError('ERR value is out of range'),
  indexOutOfRange: new CommandError('ERR index out of range'),
  mustBePositive: new CommandError('ERR value is out of range, must be positive'),
  timeoutNegative: new CommandError('ERR timeout is negative'),
  timeoutNotFloat: new CommandError('ERR timeout is not a float or out of range'),
  invalidCursor: new CommandError('ERR invalid cursor'),
  stringTooLong: new CommandError('ERR string exceeds maximum allowed size (proto-max-bulk-len)'),
  dbIndex: new CommandError('ERR DB index is out of range'),
  noAuth: new CommandError('NOAUTH Authentication required.'),
  noScript: new CommandError('NOSCRIPT No matching script. Please use EVAL.'),
  execAbort: new CommandError('EXECABORT Transaction discarded because of previous errors.'),
  nestedMulti: new CommandError('ERR MULTI calls can not be nested'),
  loading: new CommandError('LOADING Redis is loading the dataset in memory'),
  cannotSave: new CommandError(
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may modify the data set are disabled, because this instance is configured to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error.",
  ),
  noReplicas: new CommandError('NOREPLICAS Not enough good replicas to write.'),
  readOnly: new CommandError("READONLY You can't write against a read only replica."),
  primaryDown: new CommandError("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."),
  oom: new CommandError("OOM command not allowed when used memory > 'maxmemory'."),
} as const;

export function invalidExpire(command: string): CommandError {
  return new CommandError(`ERR invalid expire time in '${command}' command`);
}

/** A subcommand with more or fewer arguments than it takes, where its arity does not say so. */
export function wrongSubcommand(container: string, subcommand: string): CommandError {
  return new CommandError(
    `ERR unknown subcommand or wrong number of arguments for '${subcommand.slice(0, 128)}'. Try ${container} HELP.`,
  );
}

/** The append-only file takes no more. */
export function writeFailed(reason: string): CommandError {
  return new CommandError(`MISCONF Errors writing to the AOF file: ${reason}`);
}

/** `what` ends in its verb: "SELECT is". */
export function notInCluster(what: string): CommandError {
  return new CommandError(`ERR ${what} not allowed in cluster mode`);
}

export function wrongArity(command: string): CommandError {
  return new CommandError(`ERR wrong number of arguments for '${command}' command`);
}

/** EXEC that is refused for a reason of its own: the transaction is gone with it. */
export function execAbortedBy({ message }: ReplyError): CommandError {
  return new CommandError(`EXECABORT Transaction discarded because of: ${message.replace(/^ERR /, '')}`);
}
