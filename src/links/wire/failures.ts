import { messageOf } from '../../core/errors.js';
import { LinkError, type LinkErrorKind } from '../link.js';

/** Failures that are named when all failed. */
const MOST_NAMED = 3;

/** What went wrong at several nodes, in brackets behind what came of it. */
export function namedFailures(what: string, errors: readonly unknown[], describe = messageOf): string {
  const named = errors.slice(0, MOST_NAMED).map(describe);
  const more = errors.length > MOST_NAMED ? ` and ${errors.length - MOST_NAMED} more` : '';
  return `${what} (${named.join('; ')}${more})`;
}

/** The kind that all of them have, so that refused credentials are told as such. */
export function commonKind(errors: readonly unknown[]): LinkErrorKind | undefined {
  const kinds = new Set(errors.map((error) => (error instanceof LinkError ? error.kind : undefined)));
  return kinds.size === 1 ? [...kinds][0] : undefined;
}

/** One failure of several nodes, of none in particular; the only one is told as it is. */
export function commonFailure(what: string, errors: readonly unknown[]): LinkError {
  const links = errors.filter((error) => error instanceof LinkError);
  const [first] = links;
  if (first !== undefined && errors.length === 1) return first;
  const hint = links.find((error) => error.details.hint !== undefined)?.details.hint;
  const message = namedFailures(what, errors);
  return new LinkError(commonKind(errors) ?? 'connection', message, { maybeExecuted: false, hint });
}

/** Why a topology is not known, whatever came up while asking for it. */
export function asLinkError(error: unknown): LinkError {
  return error instanceof LinkError ? error : new LinkError('topology', String(error), { maybeExecuted: false });
}

export function linkClosed(): LinkError {
  return new LinkError('closed', 'the link was closed', { maybeExecuted: false });
}
