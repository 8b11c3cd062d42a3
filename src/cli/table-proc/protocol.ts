import type { Outcome } from '../../core/outcome.js';
import { replyReason } from '../../frontends/reason.js';

/**
 * OpenSMTPD's table API on standard input and output, since 7.6 (smtpd-tables(7), table_proc.c): lines of fields
 * with `|` between them, which the last field may hold. A handshake (`config|…`, `register|…`), then
 * `table|0.1|<time>|<table>|<operation>|<service>|<id>|<key>` asked and `<operation>-result|<id>|…` answered.
 *
 * smtpd ends when an answer is malformed or a found value is empty: so an empty value is not found for `lookup`
 * (for `check` it is there), and one with a line break or a NUL byte is an error. Text is bytes, one
 * character each.
 */

/** The longest request, its LF included: keys have at most 1,023 bytes. */
export const LINE_LIMIT = 65_536;

/**
 * What is registered. Not `auth`: smtpd would then ask for passwords to be checked and no more for `credentials`. Not
 * `regex`: what is asked there is a text to be matched by the table's patterns.
 */
export const SERVICES = [
  'alias',
  'domain',
  'credentials',
  'netaddr',
  'userinfo',
  'source',
  'mailaddr',
  'addrname',
  'mailaddrmap',
  'relayhost',
  'string',
] as const;

export const REGISTRATION = [...SERVICES, 'ready'].map((service) => `register|${service}\n`).join('');

export type TableRequest =
  | { readonly kind: 'config'; readonly name: string; readonly value: string }
  | { readonly kind: 'update'; readonly id: string }
  | { readonly kind: 'check' | 'lookup'; readonly id: string; readonly key: string }
  | { readonly kind: 'fetch'; readonly id: string; readonly service: string }
  | { readonly kind: 'unknown'; readonly operation: string; readonly id: string };

/** Null for what is no line of the protocol. */
export function parseRequest(line: string): TableRequest | null {
  const [first, ...rest] = line.split('|');
  if (first === 'config' && rest[0] !== undefined) {
    return { kind: 'config', name: rest[0], value: rest.slice(1).join('|') };
  }
  const [, , , operation, ...args] = rest;
  if (first !== 'table' || operation === undefined || args[0] === undefined) return null;
  if (operation === 'update') return { kind: 'update', id: args[0] };
  const [service, id] = args;
  if (id === undefined) return null;
  switch (operation) {
    case 'check':
    case 'lookup':
      return args.length < 3 ? null : { kind: operation, id, key: args.slice(2).join('|') };
    case 'fetch':
      return { kind: 'fetch', id, service };
    default:
      return { kind: 'unknown', operation, id };
  }
}

export function encodeChecked(id: string, outcome: Outcome): string {
  return `check-result|${id}|${outcome.kind === 'found' ? 'found' : withoutValue(outcome)}\n`;
}

export function encodeValue(operation: 'lookup' | 'fetch', id: string, outcome: Outcome): string {
  return `${operation}-result|${id}|${outcome.kind === 'found' ? valueText(outcome.value) : withoutValue(outcome)}\n`;
}

export function encodeUpdated(id: string): string {
  return `update-result|${id}|ok\n`;
}

export function encodeUnknown(operation: string, id: string): string {
  return `${operation}-result|${id}|error|the operation is not known\n`;
}

function valueText(value: Buffer): string {
  if (value.length === 0) return 'not-found';
  if (value.includes(0x0a) || value.includes(0x0d)) return 'error|the value holds a line break';
  return value.includes(0) ? 'error|the value holds a NUL byte' : `found|${value.latin1Slice()}`;
}

function withoutValue(outcome: Exclude<Outcome, { kind: 'found' }>): string {
  if (outcome.kind === 'notFound') return 'not-found';
  return `error|${Buffer.from(replyReason(outcome.reason)).latin1Slice()}`;
}
