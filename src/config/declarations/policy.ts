import { parseRate } from '../../core/duration.js';
import { Refusal } from '../language/refusal.js';
import { key, keyWithDefault, requiredKey } from './declaration.js';
import { duration, integer, name, oneOf, oneOrMoreDistinct, parsed, text } from './types.js';

const TYPES = ['greylist', 'rate-limit', 'allow', 'deny'] as const;

/** `[policy.<id>]`: the key that says which of the others there are. */
export const policyTypeKeys = {
  type: requiredKey(oneOf(TYPES), 'What the policy is.', 'type = "greylist"'),
};

const RATE = 'expected a rate such as "100/1h"';

const rate = parsed(text.meta({ pattern: '^\\s*[0-9]+\\s*/' }), (value) => parseRate(value) ?? new Refusal(RATE));

/** What Postfix tells, and what is made of it. */
const ATTRIBUTES = [
  'sasl_username',
  'sasl_sender',
  'sasl_method',
  'client_address',
  'client_name',
  'reverse_client_name',
  'helo_name',
  'sender',
  'sender_domain',
  'recipient',
  'recipient_domain',
  'ccert_subject',
  'ccert_issuer',
  'ccert_fingerprint',
  'ccert_pubkey_fingerprint',
  'server_address',
  'server_port',
  'policy_context',
  'tls_sni',
] as const;

const attributes = oneOrMoreDistinct(oneOf(ATTRIBUTES), 'attributes');

/** One line of what a server may say in SMTP. */
const reply = parsed(text, (value) =>
  /^[\x20-\x7e]{1,200}$/.test(value) ? value : new Refusal('expected 1 to 200 printable ASCII characters'),
);

const onError = keyWithDefault(
  oneOf(['pass', 'defer']),
  'pass',
  'What happens to mail while the answer is not known: it passes, or the client is told to come again.',
);

const store = key(name, 'Store that remembers; may be left out where there is only one.');

const refusing = keyWithDefault(oneOf(['defer', 'reject']), 'defer', 'Refuse for now (450), or for good (554).');

export const greylistKeys = {
  type: requiredKey(
    oneOf(['greylist']),
    'A client network, sender and recipient never seen before are told to come again.',
    'type = "greylist"',
  ),
  store,
  delay: keyWithDefault(duration, '5m', 'How long after the first attempt a retry is too early.'),
  window: keyWithDefault(duration, '8h', 'How long after the first attempt a retry counts as one.'),
  lifetime: keyWithDefault(duration, '35d', 'How long after its last mail a triplet that passed is still known.'),
  'mask-v4': keyWithDefault(integer(0, 32), 24, 'Bits of an IPv4 client address that count.'),
  'mask-v6': keyWithDefault(integer(0, 128), 64, 'Bits of an IPv6 client address that count.'),
  prefix: keyWithDefault(text, 'greylist:', 'Put before its keys in the store.'),
  text: keyWithDefault(reply, 'Greylisted', 'What the client is told, before how long to wait.'),
  'on-error': onError,
};

export const rateLimitKeys = {
  type: requiredKey(oneOf(['rate-limit']), 'So many mails, or recipients, in a time.', 'type = "rate-limit"'),
  store,
  key: requiredKey(
    attributes,
    'Attributes that are counted for, together; a mail that has nothing in the first of them passes.',
    'key = ["sasl_username"]',
  ),
  rate: requiredKey(rate, 'How many in which time.', 'rate = "100/1h"'),
  count: keyWithDefault(
    oneOf(['messages', 'recipients']),
    'messages',
    'What counts; recipients count at DATA, where Postfix knows how many there are (smtpd_data_restrictions).',
  ),
  algorithm: keyWithDefault(
    oneOf(['fixed-window', 'leaky-bucket']),
    'fixed-window',
    "fixed-window: Stalwart's, aligned to the clock, refused mail counts; leaky-bucket: one flows back at a time, refused mail does not count.",
  ),
  burst: key(integer(1, 1_000_000_000), 'leaky-bucket: how many at once; by default as many as in the rate.'),
  'mask-v4': keyWithDefault(integer(0, 32), 32, 'Bits of an IPv4 client address that count.'),
  'mask-v6': keyWithDefault(integer(0, 128), 128, 'Bits of an IPv6 client address that count.'),
  prefix: key(text, 'Put before its keys in the store; by default "rate:<id>:".'),
  action: refusing,
  text: keyWithDefault(reply, 'Too much mail', 'What the client is told.'),
  'on-error': onError,
};

const listed = {
  key: requiredKey(attributes, 'Attributes that are looked up, one after the other.', 'key = ["client_address"]'),
  map: requiredKey(name, 'Map they are looked up in.', 'map = "friends"'),
  'on-error': onError,
};

export const allowKeys = {
  type: requiredKey(oneOf(['allow']), 'Who is in the map is asked no further policy.', 'type = "allow"'),
  ...listed,
};

export const denyKeys = {
  type: requiredKey(oneOf(['deny']), 'Who is in the map is refused.', 'type = "deny"'),
  ...listed,
  action: keyWithDefault(oneOf(['defer', 'reject']), 'reject', 'Refuse for now (450), or for good (554).'),
  text: keyWithDefault(reply, 'Access denied', 'What the client is told.'),
};

export const policyKeys = {
  greylist: greylistKeys,
  'rate-limit': rateLimitKeys,
  allow: allowKeys,
  deny: denyKeys,
} as const;

export type PolicyType = keyof typeof policyKeys;
