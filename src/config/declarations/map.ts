import { checkTemplate } from '../language/key-template.js';
import { Refusal } from '../language/refusal.js';
import { key, keyWithDefault } from './declaration.js';
import { duration, flag, integer, name, oneOf, oneOrMoreDistinct, optionalDuration, parsed, text } from './types.js';

const template = parsed(text, (value) => (value === '' ? new Refusal('the template is empty') : checkTemplate(value)));

const delimiters = parsed(text, (value) =>
  value.includes('@') ? new Refusal('"@" cannot delimit an extension: it starts the domain') : value,
);

const EXPANSIONS = ['full', 'no-extension', 'domain', 'local-part', 'parent-domains'] as const;

/** `[map.<id>]`: what a mail server asks for by name. */
export const mapKeys = {
  store: key(oneOrMoreDistinct(name, 'stores'), 'Store to ask, or several in order.'),
  lookup: key(
    oneOrMoreDistinct(name, 'lookups'),
    'List to ask (of lookup, file-lookup or http-lookup), or several in order.',
  ),
  sources: key(
    oneOrMoreDistinct(name, 'sources'),
    'Stores and lists mixed, in order: the first that has the key answers.',
  ),
  key: key(
    template,
    'Template of the key: %s all, %u local part, %d domain, %% percent. By default "%s". A list beside a store is asked the bare key.',
  ),
  operation: keyWithDefault(
    oneOf(['get', 'exists', 'hget', 'member']),
    'get',
    'get a value, see whether the key exists, get a field of a hash, or see whether a set has a member.',
  ),
  field: key(template, 'hget: template of the field; then key names the hash.'),
  member: key(template, 'member: template of the member, by default "%s"; then key names the set.'),
  expand: keyWithDefault(
    oneOrMoreDistinct(oneOf(EXPANSIONS), 'expansions'),
    ['full'],
    'Forms of an address to try in order, in one round trip: user+x@d, user@d, @d, user, and .parent for each parent of d.',
  ),
  'recipient-delimiter': keyWithDefault(delimiters, '+', 'Characters that start an address extension; "" for none.'),
  'fold-case': keyWithDefault(flag, false, 'Look up in lower case.'),
  'cache.positive-ttl': key(duration, 'How long a found value may be answered again without asking; unset: no cache.'),
  'cache.negative-ttl': keyWithDefault(
    optionalDuration,
    'never',
    'How long "not found" may be answered again without asking.',
  ),
  'cache.max-entries': keyWithDefault(
    integer(1, 100_000_000),
    100_000,
    'Answers kept; the least recently used goes first.',
  ),
  'cache.serve-stale': keyWithDefault(
    optionalDuration,
    'never',
    'How long past its time an answer may be given while the store fails.',
  ),
};

export type MapKeys = typeof mapKeys;
