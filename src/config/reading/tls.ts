import { FileUnreadable, isWorldReadable, readText } from '../host.js';
import type { RedisUrl } from '../language/redis-url.js';
import type { TlsConfig } from '../model.js';
import { Secret } from '../secret.js';
import type { RedisSection } from './redis-store.js';
import { keyOfUrls } from './redis-topology.js';
import type { Reading } from './section.js';

const TLS_KEYS = ['tls.ca', 'tls.cert', 'tls.key', 'tls.server-name', 'tls.verify'] as const;

type PemKey = 'tls.ca' | 'tls.cert' | 'tls.key';

/**
 * TLS is what the URL's scheme says, or `sentinel.tls`; the `tls` keys refine it. Undefined without TLS, and without
 * a URL.
 */
export function readTls(reading: Reading, section: RedisSection, url: RedisUrl | undefined): TlsConfig | undefined {
  if (url?.tls === false && section.values['sentinel.tls'] !== true) {
    const key = TLS_KEYS.find((name) => section.given(name));
    if (key !== undefined) section.error(key, `"${key}" needs TLS`, 'the URL starts with rediss://');
    return undefined;
  }
  const { values } = section;
  checkPair(section);
  const key = readPem(reading, section, 'tls.key', values['tls.key']?.reveal());
  const ca = readPem(reading, section, 'tls.ca', values['tls.ca']);
  const cert = readPem(reading, section, 'tls.cert', values['tls.cert']);
  if (url === undefined) return undefined;
  return {
    verify: readVerify(section, url),
    ca,
    cert,
    key: key === undefined ? undefined : new Secret(key),
    serverName: values['tls.server-name'],
  };
}

function checkPair(section: RedisSection): void {
  if (!section.fine('tls.cert', 'tls.key')) return;
  if (section.given('tls.cert') && !section.given('tls.key')) section.error('tls.cert', '"tls.cert" needs "tls.key"');
  if (section.given('tls.key') && !section.given('tls.cert')) section.error('tls.key', '"tls.key" needs "tls.cert"');
}

function readVerify(section: RedisSection, url: RedisUrl): boolean {
  const verify = section.values['tls.verify'];
  if (verify === true && url.insecure) {
    section.error('tls.verify', '"tls.verify" contradicts #insecure in the URL', 'keep one of them');
  }
  const verified = verify ?? !url.insecure;
  if (!verified) {
    const key = section.given('tls.verify') ? 'tls.verify' : keyOfUrls(section);
    section.warning(
      key,
      'the certificate is not verified: anybody between can read and change what is sent',
      'trust your own authority with "tls.ca"',
    );
  }
  return verified;
}

/** The PEM text that stands in the value itself, or in the file it names. */
function readPem(reading: Reading, section: RedisSection, key: PemKey, value: string | undefined): string | undefined {
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
