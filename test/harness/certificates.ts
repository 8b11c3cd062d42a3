/**
 * A certificate authority for one test, a server certificate for localhost and 127.0.0.1, and a client
 * certificate: X.509 written by hand (RFC 5280, DER), so that nothing but Node is needed.
 */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificates {
  /** PEM texts. */
  readonly ca: string;
  readonly serverCert: string;
  readonly serverKey: string;
  readonly clientCert: string;
  readonly clientKey: string;
  /** The same as files in the folder. */
  readonly files: Readonly<Record<'ca' | 'serverCert' | 'serverKey' | 'clientCert' | 'clientKey', string>>;
}

export function createCertificates(folder: string): Certificates {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issue = (name: string, extensions: Buffer[]) => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return { cert: certificate(name, publicKey, authority.privateKey, extensions), key: pem(privateKey) };
  };
  const server = issue('localhost', [subjectNames(['localhost'], ['127.0.0.1'])]);
  const client = issue('lookupd', []);
  const texts = {
    ca: certificate(AUTHORITY, authority.publicKey, authority.privateKey, [isAuthority()]),
    serverCert: server.cert,
    serverKey: server.key,
    clientCert: client.cert,
    clientKey: client.key,
  };
  const files = { ca: '', serverCert: '', serverKey: '', clientCert: '', clientKey: '' };
  for (const name of Object.keys(texts) as (keyof typeof texts)[]) {
    files[name] = join(folder, `${name}.pem`);
    writeFileSync(files[name], texts[name], { mode: 0o600 });
  }
  return { ...texts, files };
}

const AUTHORITY = 'lookupd test authority';
const ECDSA_SHA256 = '1.2.840.10045.4.3.2';
const COMMON_NAME = '2.5.4.3';
const SUBJECT_ALT_NAME = '2.5.29.17';
const BASIC_CONSTRAINTS = '2.5.29.19';
const DAY_MS = 86_400_000;

function certificate(name: string, key: KeyObject, signer: KeyObject, extensions: readonly Buffer[]): string {
  const algorithm = sequence(oid(ECDSA_SHA256));
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    distinguishedName(AUTHORITY),
    sequence(time(Date.now() - DAY_MS), time(Date.now() + 30 * DAY_MS)),
    distinguishedName(name),
    key.export({ type: 'spki', format: 'der' }),
    ...(extensions.length === 0 ? [] : [tlv(0xa3, sequence(...extensions))]),
  );
  const signature = tlv(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, signer)]));
  const base64 = sequence(body, algorithm, signature).toString('base64');
  const lines = base64.match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function pem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function distinguishedName(name: string): Buffer {
  return sequence(tlv(0x31, sequence(oid(COMMON_NAME), tlv(0x0c, Buffer.from(name)))));
}

function isAuthority(): Buffer {
  const yes = tlv(0x01, Buffer.from([0xff]));
  return sequence(oid(BASIC_CONSTRAINTS), yes, tlv(0x04, sequence(yes)));
}

function subjectNames(hosts: readonly string[], addresses: readonly string[]): Buffer {
  const names = [
    ...hosts.map((host) => tlv(0x82, Buffer.from(host))),
    ...addresses.map((address) => tlv(0x87, Buffer.from(address.split('.').map(Number)))),
  ];
  return sequence(oid(SUBJECT_ALT_NAME), tlv(0x04, sequence(...names)));
}

/** UTCTime: YYMMDDhhmmssZ. */
function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/\D/g, '').slice(2, 14);
  return tlv(0x17, Buffer.from(`${digits}Z`));
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tlv(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let left = value >>> 7; left > 0; left >>>= 7) bytes.unshift(0x80 | (left & 0x7f));
  return bytes;
}

function sequence(...items: readonly Buffer[]): Buffer {
  return tlv(0x30, Buffer.concat(items));
}

function tlv(tag: number, value: Buffer): Buffer {
  const { length } = value;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), value]);
}
