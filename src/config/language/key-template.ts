import { Refusal } from './refusal.js';

/** A template of keys: `%s` the whole key, `%u` its local part, `%d` its domain, `%%` a percent sign. */
export function checkTemplate(text: string): string | Refusal {
  const wrong = /%(?:[^sud%]|$)/.exec(text.replaceAll('%%', ''));
  if (wrong !== null) {
    return new Refusal(
      'the template has an unknown % sequence',
      'there are %s (all), %u (local part), %d (domain) and %%',
    );
  }
  return text;
}

/** Whether the template depends on what is looked up. */
export function hasPlaceholder(template: string): boolean {
  return /%[sud]/.test(template.replaceAll('%%', ''));
}
