import type { PolicyAttributes } from '../../lookups/policies/request.js';
import type { HarakaAddress, HarakaConnection, HarakaTransaction } from './haraka.js';

/**
 * What Haraka knows about a mail, by Postfix's names. A client's name is not verified by Haraka, so that it is a
 * `reverse_client_name` only. The transaction's id names the mail: it counts once.
 */
export function attributesOf(connection: HarakaConnection, transaction: HarakaTransaction): PolicyAttributes {
  const { remote, local, hello, notes } = connection;
  return {
    client_address: remote.ip,
    reverse_client_name: NO_NAME.has(remote.host ?? '') ? '' : (remote.host ?? ''),
    server_address: local.ip,
    server_port: local.port,
    helo_name: hello.host ?? '',
    sasl_username: notes.auth_user ?? '',
    sasl_method: notes.auth_method ?? '',
    sender: addressText(transaction.mail_from),
    instance: transaction.uuid,
    queue_id: transaction.uuid,
  };
}

/** What Haraka puts where a name should be. */
const NO_NAME = new Set(['NXDOMAIN', 'DNSERROR', 'Unknown']);

/** Without its brackets; empty for the sender of bounces. */
export function addressText(address: HarakaAddress): string {
  return address.format().replace(/^<|>$/g, '');
}
