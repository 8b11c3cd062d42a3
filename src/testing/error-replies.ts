import { errors } from '../server/errors.js';

/** Error replies by their first word, as Redis 7 words them: what a fault may be told as alone. */
export const ERROR_REPLIES = {
  LOADING: errors.loading.message,
  READONLY: errors.readOnly.message,
  MASTERDOWN: errors.primaryDown.message,
  CLUSTERDOWN: 'CLUSTERDOWN The cluster is down',
  TRYAGAIN: 'TRYAGAIN Multiple keys request during rehashing of slot',
  CROSSSLOT: "CROSSSLOT Keys in request don't hash to the same slot",
  BUSY: 'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
  NOSCRIPT: errors.noScript.message,
  OOM: errors.oom.message,
  MISCONF: errors.cannotSave.message,
  NOREPLICAS: errors.noReplicas.message,
  NOAUTH: errors.noAuth.message,
  WRONGPASS: 'WRONGPASS invalid username-password pair or user is disabled.',
  NOPERM: 'NOPERM this user has no permissions to run this command',
  WRONGTYPE: errors.wrongType.message,
  EXECABORT: errors.execAbort.message,
} as const;

export type KnownError = keyof typeof ERROR_REPLIES;

/** A known word alone stands for the whole reply. */
export function errorReply(message: string): string {
  return Object.hasOwn(ERROR_REPLIES, message) ? ERROR_REPLIES[message as KnownError] : message;
}
