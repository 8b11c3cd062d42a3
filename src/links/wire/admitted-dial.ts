import { LinkError } from '../link.js';
import { type Dialling, dial } from './dial.js';
import type { Target } from './target.js';

/** Dials once the target's `admit` has let it: what it rejects with is told as a failed attempt of this server. */
export function dialAdmitted(target: Target): Dialling {
  const { admit } = target;
  if (admit === undefined) return dial(target);
  let dialling: Dialling | undefined;
  let giveUp = () => {};
  const cancelled = new Promise<never>((_resolve, reject) => {
    giveUp = () => reject(failure(target, new LinkError('connection', 'given up', { maybeExecuted: false })));
  });
  cancelled.catch(() => {});
  const socket = Promise.race([admit(), cancelled]).then(
    () => {
      dialling = dial(target);
      return dialling.socket;
    },
    (error: unknown) => {
      throw error instanceof LinkError ? failure(target, error) : error;
    },
  );
  const cancel = () => (dialling === undefined ? giveUp() : dialling.cancel());
  return { socket, cancel, hintWhenLate: () => dialling?.hintWhenLate() };
}

function failure({ name }: Target, { kind, message, details }: LinkError): LinkError {
  if (details.node === name) return new LinkError(kind, message, details);
  return new LinkError(kind, `${name}: ${message}`, { node: name, maybeExecuted: false, hint: details.hint });
}
