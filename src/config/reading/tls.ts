import type { TlsKeys } from '../declarations/store.js';
import type { Position } from '../document.js';
import { FileUnreadable, isWorldReadable, readText } from '../host.js';
import type { TlsConfig } from '../model.js';
import { Secret } from '../secret.js';
import type { Reading, Section } from './section.js';

const TLS_KEYS = ['tls.ca', 'tls.cert', 'tls.key', 'tls.server-name', 'tls.verify'] as const;

type PemKey = 'tls.ca' | 'tls.cert' | 'tls.key';

/** The server, or the first of them, that is reached over TLS. */
export interface SecuredUrl {
  readonly insecure: boolean;
  /** Where it stands. */
  readonly position: Position;
}

/** Says of the first `tls` key, if there is one, that there is nothing for it. */
export function refuseTls(section: Section<TlsKeys>): void {
  const key = TLS_KEYS.find((name) => section.given(name));
  if (key !== undefined) section.error(key, `"${key}" needs TLS`, 'the URL starts with rediss://');
}

/** What the `tls` keys say. Undefined without a URL. */
export function readTls(
  reading: Reading,
  section: Section<TlsKeys>,
  url: SecuredUrl | undefined,
): TlsConfig | undefined {
  const { values } = section;
  checkPair(section);
  const key = readPem(reading, section, 'tls.key', values['tls.key']?.reveal());
  const ca = readPem(reading, section, 'tls.ca', values['tls.ca']);
  const cert = readPem(reading, section, 'tls.cert', values['tls.cert']);
  if (url === undefined) return undefined;
  return {
    verify: readVerify(reading, section, url),
    ca,
    cert,
    key: key === undefined ? undefined : new Secret(key),
    serverName: values['tls.server-name'],
  };
}

function checkPair(section: Section<TlsKeys>): void {
  if (!section.fine('tls.cert', 'tls.key')) return;
  if (section.given('tls.cert') && !section.given('tls.key')) section.error('tls.cert', '"tls.cert" needs "tls.key"');
  if (section.given('tls.key') && !section.given('tls.cert')) section.error('tls.key', '"tls.key" needs "tls.cert"');
}

function readVerify({ report }: Reading, section: Section<TlsKeys>, url: SecuredUrl): boolean {
  const verify = section.values['tls.verify'];
  if (verify === true && url.insecure) {
    section.error('tls.verify', '"tls.verify" contradicts #insecure in the URL', 'keep one of them');
  }
  const verified = verify ?? !url.insecure;
  if (!verified) {
    report.warning(
      section.given('tls.verify') ? section.at('tls.verify') : url.position,
      'the certificate is not verified: anybody between can read and change what is sent',
      'trust your own authority with "tls.ca"',
    );
  }
  return verified;
}

/** The PEM text that stands in the value itself, or in the file it names. */
function readPem(
  reading: Reading,
  section: Section<TlsKeys>,
  key: PemKey,
  value: string | undefined,
): string | undefined {
  if (value === undefined) return undefined;
  if (value.includes('-----BEGIN ')) return value;
  const path = reading.macros.resolvePath(value);
  try {
    const text = readText(reading.host, path);
    if (!text.includes('-----BEGIN '))
      section.error(key, `"${key}": the file is not PEM`, 'it holds "-----BEGIN …-----"');
    if (key === 'tls.key' && isWorldReadable(reading.host, path)) {
      section.warning(key, 'every user of this machine can read this key');
    }
    return text;
  } catch (error) {
    if (!(error instanceof FileUnreadable)) throw error;
    // Without the path, which may be a key that was pasted here without its BEGIN line.
    section.error(key, `"${key}": cannot read the file: ${error.reason}`);
    return undefined;
  }
}
