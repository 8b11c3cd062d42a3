import type { AddressBits } from '../../config/model.js';
import { networkOf } from '../../core/ip-network.js';

/**
 * What a mail server tells of a mail on its way, by Postfix's names (SMTPD_POLICY_README), case folded where it means
 * nothing. An attribute that was not sent is empty, as Postfix sends those that it does not know.
 *
 * `sender_domain` and `recipient_domain` are what stands behind the last "@".
 */
export class PolicyRequest {
  readonly #attributes: Pick<ReadonlyMap<string, string>, 'get'>;

  constructor(attributes: Pick<ReadonlyMap<string, string>, 'get'>) {
    this.#attributes = attributes;
  }

  static of(attributes: PolicyAttributes): PolicyRequest {
    return new PolicyRequest(new Map(Object.entries(attributes).map(([name, value]) => [name, String(value)])));
  }

  get(name: string): string {
    if (name === 'sender_domain' || name === 'recipient_domain') return domainOf(this.get(name.slice(0, -7)));
    const value = this.#attributes.get(name) ?? '';
    return FOLDED.has(name) ? value.toLowerCase() : value;
  }

  /** As in `get`; an address of a client as the network of so many bits. */
  part(name: string, bits: AddressBits): string {
    const value = this.get(name);
    return ADDRESSES.has(name) && value !== '' ? networkOf(value, bits.v4, bits.v6) : value;
  }

  /** How many recipients the mail has; 0 before DATA, where that is not known. */
  get recipients(): number {
    const count = Number(this.get('recipient_count'));
    return Number.isSafeInteger(count) && count > 0 ? count : 0;
  }
}

/** A request by Postfix's names of its attributes; what is left out is not known. */
export interface PolicyAttributes {
  /** RCPT, DATA, END-OF-MESSAGE … */
  readonly protocol_state?: string;
  /** An IP address. */
  readonly client_address?: string;
  /** Verified: its address leads to it. */
  readonly client_name?: string;
  readonly reverse_client_name?: string;
  readonly helo_name?: string;
  /** Without angle brackets; empty for bounces. */
  readonly sender?: string;
  readonly recipient?: string;
  /** Of the mail, where that is known: at DATA. */
  readonly recipient_count?: number;
  /** The same for all requests about one mail: it counts once. */
  readonly instance?: string;
  readonly queue_id?: string;
  readonly sasl_username?: string;
  readonly sasl_sender?: string;
  readonly sasl_method?: string;
  readonly server_address?: string;
  readonly server_port?: number;
  readonly ccert_subject?: string;
  readonly ccert_issuer?: string;
  readonly ccert_fingerprint?: string;
  readonly ccert_pubkey_fingerprint?: string;
  readonly policy_context?: string;
  readonly tls_sni?: string;
}

const ADDRESSES = new Set(['client_address', 'server_address']);

const FOLDED = new Set([
  'client_name',
  'helo_name',
  'recipient',
  'reverse_client_name',
  'sasl_sender',
  'sasl_username',
  'sender',
  'tls_sni',
]);

function domainOf(address: string): string {
  const at = address.lastIndexOf('@');
  return at === -1 ? '' : address.slice(at + 1);
}

/**
 * A key for several texts that others choose: parted by spaces, and with %XX for what would part or end them, so that
 * no two lists of texts have one key.
 */
export function keyOf(prefix: string, parts: readonly string[]): string {
  return prefix + parts.map((part) => part.replace(/[\s%\0-\x1f\x7f]/g, escaped)).join(' ');
}

function escaped(character: string): string {
  return encodeURIComponent(character);
}
