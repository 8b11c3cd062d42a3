import { Refusal } from '../language/refusal.js';
import { keyWithDefault, requiredKey } from './declaration.js';
import { flag, name, oneOrMoreDistinct, optionalDuration, parsed, text } from './types.js';

const sharedGlob = parsed(name, (value) =>
  value.startsWith('/') ? new Refusal('a shared key does not start with "/"', 'without "shared/" before it') : value,
);

/** `[dict.<id>]`: what Dovecot asks for by name. */
export const dictKeys = {
  store: requiredKey(name, 'Store that holds it.', 'store = "redis"'),
  prefix: keyWithDefault(text, '', 'Put before every key: shared/x is <prefix>x, priv/x of user u is <prefix>u/x.'),
  shared: keyWithDefault(
    oneOrMoreDistinct(sharedGlob, 'globs'),
    ['passdb/*', 'userdb/*', 'last-login/*', 'expire/*', 'shared-boxes/*'],
    'Globs of shared keys that hold a slash and stand as Dovecot has them, though they could be keys of a user: shared/passdb/x is <prefix>passdb/x. Other shared keys with a slash are kept apart from those of users: shared/a/x is <prefix>/a/x.',
  ),
  write: keyWithDefault(flag, false, 'Allow changes, at dict listeners without write = false.'),
  expire: keyWithDefault(optionalDuration, 'never', 'How long what is written lives, where Dovecot does not say.'),
};
