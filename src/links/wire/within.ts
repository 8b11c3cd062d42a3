import type { Clock } from '../../core/clock.js';
import { LinkError } from '../link.js';
import type { Node } from './node.js';

/** The promise's result, or what `late` gives when the deadline passes first. */
export function within<T>(promise: Promise<T>, deadline: number, clock: Clock, late: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.schedule(deadline - clock.now(), () => {
      try {
        resolve(late());
      } catch (error) {
        reject(error);
      }
    });
    promise.then(resolve, reject).finally(cancel);
  });
}

/** Resolves when an attempt has succeeded, which gives why it failed otherwise; rejects with that, or with what `late` gives. */
export async function succeeded(
  attempt: Promise<LinkError | undefined>,
  deadline: number,
  clock: Clock,
  late: () => LinkError,
): Promise<void> {
  const error = await within(attempt, deadline, clock, late);
  if (error !== undefined) throw error;
}

/** The same of connecting; `node` is the one that is connected to when the deadline passes. */
export function connected(
  connecting: Promise<LinkError | undefined>,
  node: () => Node,
  deadline: number,
  clock: Clock,
): Promise<void> {
  return succeeded(connecting, deadline, clock, () => lateConnection(node()));
}

/** There is no connection by the deadline. */
export function lateConnection({ name, hintWhenLate }: Pick<Node, 'name' | 'hintWhenLate'>): LinkError {
  const details = { node: name, maybeExecuted: false, hint: hintWhenLate };
  return new LinkError('timeout', `${name}: no connection in time`, details);
}
