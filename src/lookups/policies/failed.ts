import type { PolicyConfig } from '../../config/model.js';
import { StoreError } from '../../core/errors.js';
import type { Decision } from './policy.js';

/** What the administrator wants where the answer is not known. Throws what is no failure of a store. */
export function failed(config: PolicyConfig, error: unknown): Decision {
  if (!(error instanceof StoreError)) throw error;
  return notKnown(config, error.message);
}

export function notKnown({ onError }: PolicyConfig, reason: string): Decision {
  const why = `${reason}; on-error = "${onError}"`;
  if (onError === 'pass') return { verdict: 'pass', why, failed: true };
  return { verdict: 'defer', why, text: '4.3.0 Temporary lookup failure', failed: true };
}
