import type { PolicyConfig } from '../../config/model.js';
import { StoreError } from '../../core/errors.js';
import type { Decision, Policy, Rule } from './policy.js';

/**
 * A rule that always comes to a decision: what keeps it from one, be it a store that fails or a fault of the program,
 * is what `on-error` is for. Mail is never left without an answer.
 */
export function withOnError(config: PolicyConfig, rule: Rule): Policy {
  const failed = (error: unknown) =>
    error instanceof StoreError ? notKnown(config, error.message) : faulty(config, error);
  return {
    name: config.id,
    decide(request) {
      try {
        return rule.decide(request).catch(failed);
      } catch (error) {
        return Promise.resolve(failed(error));
      }
    },
  };
}

/** What the administrator wants where the answer is not known. */
export function notKnown({ onError }: PolicyConfig, reason: string): Decision {
  const why = `${reason}; on-error = "${onError}"`;
  if (onError === 'pass') return { verdict: 'pass', why, failed: true };
  return { verdict: 'defer', why, text: '4.3.0 Temporary lookup failure', failed: true };
}

/** Its message may hold anything, so only its kind is told to others than the log. */
function faulty(config: PolicyConfig, fault: unknown): Decision {
  const kind = fault instanceof Error ? fault.name : typeof fault;
  return { ...notKnown(config, `internal error (${kind})`), fault };
}
