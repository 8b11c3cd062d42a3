import type { Target } from './target.js';

/**
 * Why a connection did not come about, in words that name the setting to look at. What OpenSSL says holds
 * addresses in memory and paths of its source; how it says it differs between its versions, so that the
 * error's code decides where there is one.
 */
export interface Explanation {
  /** Undefined: what the error says is clear enough. */
  readonly text?: string | undefined;
  readonly hint: string;
}

export const NO_TLS_THERE = 'where the port speaks no TLS, the URL starts with redis://';
const TLS_THERE = 'where the port speaks TLS, the URL starts with rediss://';
const AUTHORITY = '"tls.ca" names the authority that signed it';
const ALL_FILES = '"tls.ca", "tls.cert" and "tls.key"';
const CLIENT_CERTIFICATE = '"tls.cert" and "tls.key"';

/** `connected`: the connection stood, and broke before the server had answered. */
export function explainFailure(error: unknown, target: Target, connected: boolean): Explanation | undefined {
  const { code = '', message = '', reason } = (error ?? {}) as Failure;
  if (target.tls === undefined) return connected ? { hint: TLS_THERE } : undefined;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return { text: nameMismatch(message), hint: '"tls.server-name" tells which name it has' };
  }
  if (NOT_VERIFIED.test(code)) return { hint: AUTHORITY };
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|UNEXPECTED_MESSAGE/.test(code)) {
    return { text: 'the answer is not TLS', hint: NO_TLS_THERE };
  }
  if (/_ALERT_/.test(code)) return refusedByServer(code, reason, target.tls.cert !== undefined);
  if (/^ERR_(OSSL|SSL)_/.test(code))
    return { text: `the TLS settings do not work: ${reason ?? code}`, hint: ALL_FILES };
  return undefined;
}

interface Failure {
  readonly code?: string;
  readonly message?: string;
  /** OpenSSL's, without its addresses. */
  readonly reason?: string;
}

const NOT_VERIFIED = /SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|CERT_SIGNATURE_FAILURE|CERT_UNTRUSTED|INVALID_CA/;

/** "Host: a. is not in the cert's altnames: DNS:b, IP Address:c", or "IP: a is not in …". */
function nameMismatch(message: string): string {
  const [, wanted, names] =
    /(?:Host|IP): (.*?)\.? is not (?:in the cert's altnames|in the cert's list|cert's CN): ?(.*)$/.exec(message) ?? [];
  if (wanted === undefined) return 'the certificate is for another name';
  return `the certificate is not for ${wanted}${names ? ` but for ${names}` : ''}`;
}

/** With a version of TLS before 1.3 a server that misses the certificate only says that the handshake failed. */
function refusedByServer(code: string, reason: string | undefined, certificateGiven: boolean): Explanation | undefined {
  if (!certificateGiven && /CERTIFICATE|HANDSHAKE_FAILURE/.test(code)) {
    return { text: 'the server asks for a client certificate', hint: CLIENT_CERTIFICATE };
  }
  if (certificateGiven && /CERTIFICATE|HANDSHAKE_FAILURE|UNKNOWN_CA|DECRYPT_ERROR|ACCESS_DENIED/.test(code)) {
    return {
      text: `the server refuses our certificate${reason === undefined ? '' : ` (${reason})`}`,
      hint: '"tls.cert" must be of an authority that the server trusts',
    };
  }
  return { text: reason ?? code, hint: CLIENT_CERTIFICATE };
}
