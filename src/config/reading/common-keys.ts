import { commonKeys } from '../declarations/store.js';
import type { Section } from './section.js';

/** A wait that is not given has a default, which may be the shorter or longer one. */
function hintOfDefault(section: Section<typeof commonKeys>): string | undefined {
  const key = (['retry.min-wait', 'retry.max-wait'] as const).find((name) => !section.given(name));
  return key && `the default of "${key}" is ${commonKeys[key].fallback}`;
}

/** What they are where nobody says. */
export function commonDefaults(id: string) {
  const defaultOf = <K extends keyof typeof commonKeys>(key: K) => {
    const { type, fallback } = commonKeys[key];
    return fallback === undefined ? undefined : type.parse(fallback);
  };
  return {
    id,
    timeout: defaultOf('timeout') as number,
    deadline: undefined,
    retry: {
      total: defaultOf('retry.total') as number,
      minWait: defaultOf('retry.min-wait') as number,
      maxWait: defaultOf('retry.max-wait') as number,
    },
    breaker: { failures: defaultOf('breaker.failures') as number, openFor: defaultOf('breaker.open-for') as number },
  };
}

/** The keys that every store has. */
export function readCommonKeys(id: string, section: Section<typeof commonKeys>) {
  const { values } = section;
  if (section.fine('retry.min-wait', 'retry.max-wait') && values['retry.max-wait'] < values['retry.min-wait']) {
    const key = section.given('retry.max-wait') ? 'retry.max-wait' : 'retry.min-wait';
    section.error(key, '"retry.max-wait" is shorter than "retry.min-wait"', hintOfDefault(section));
  }
  return {
    id,
    timeout: values.timeout,
    deadline: values.deadline,
    retry: { total: values['retry.total'], minWait: values['retry.min-wait'], maxWait: values['retry.max-wait'] },
    breaker: { failures: values['breaker.failures'], openFor: values['breaker.open-for'] },
    keyPrefix: values['key-prefix'],
  };
}
