/**
 * XXH3 with 64 bits and without a seed, as xxHash's specification has it (doc/xxhash_spec.md, "XXH3"): the hash by
 * which Stalwart chooses the store of a key. Lengths go by different ways: up to 16 bytes, 128, 240, and more.
 */
export function xxh3(input: Uint8Array): bigint {
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
  const { length } = bytes;
  if (length <= 16) return ofShort(bytes);
  if (length <= 128) return ofMiddling(bytes);
  return length <= 240 ? ofLonger(bytes) : ofLong(bytes);
}

const SECRET = Buffer.from(
  'b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221b8084674f743248e' +
    'e03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8a8fa763fe39c343ff9dcbbc7c70b4f1d8a' +
    '51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8f' +
    'f8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e',
  'hex',
);

const PRIME32_1 = 0x9e3779b1n;
const PRIME32_2 = 0x85ebca77n;
const PRIME32_3 = 0xc2b2ae3dn;
const PRIME64_1 = 0x9e3779b185ebca87n;
const PRIME64_2 = 0xc2b2ae3d27d4eb4fn;
const PRIME64_3 = 0x165667b19e3779f9n;
const PRIME64_4 = 0x85ebca77c2b2ae63n;
const PRIME64_5 = 0x27d4eb2f165667c5n;
const PRIME_MX1 = 0x165667919e3779f9n;
const PRIME_MX2 = 0x9fb21c651e98df25n;

const word = (value: bigint) => BigInt.asUintN(64, value);
const read = (bytes: Buffer, at: number) => bytes.readBigUInt64LE(at);
const secret = (at: number) => SECRET.readBigUInt64LE(at);

function ofShort(bytes: Buffer): bigint {
  const { length } = bytes;
  if (length === 0) return avalanche64(secret(56) ^ secret(64));
  if (length <= 3) {
    const [first, middle, last] = [bytes[0], bytes[length >> 1], bytes[length - 1]].map(Number) as [
      number,
      number,
      number,
    ];
    const combined = ((first << 16) | (middle << 24) | last | (length << 8)) >>> 0;
    return avalanche64(BigInt(combined) ^ BigInt((SECRET.readUInt32LE(0) ^ SECRET.readUInt32LE(4)) >>> 0));
  }
  if (length <= 8) {
    const both = BigInt(bytes.readUInt32LE(length - 4)) | (BigInt(bytes.readUInt32LE(0)) << 32n);
    return rotatedMix(both ^ secret(8) ^ secret(16), BigInt(length));
  }
  const low = read(bytes, 0) ^ secret(24) ^ secret(32);
  const high = read(bytes, length - 8) ^ secret(40) ^ secret(48);
  return avalanche(BigInt(length) + swapped(low) + high + folded(low, high));
}

function ofMiddling(bytes: Buffer): bigint {
  const { length } = bytes;
  let sum = BigInt(length) * PRIME64_1;
  const pairs = Math.ceil(length / 32);
  for (let pair = pairs - 1; pair >= 0; pair--) {
    sum += mixed(bytes, pair * 16, pair * 32) + mixed(bytes, length - (pair + 1) * 16, pair * 32 + 16);
  }
  return avalanche(sum);
}

function ofLonger(bytes: Buffer): bigint {
  const { length } = bytes;
  let sum = BigInt(length) * PRIME64_1;
  for (let i = 0; i < 8; i++) sum += mixed(bytes, i * 16, i * 16);
  sum = avalanche(sum);
  for (let i = 8; i < length >> 4; i++) sum += mixed(bytes, i * 16, (i - 8) * 16 + 3);
  return avalanche(sum + mixed(bytes, length - 16, 136 - 17));
}

const STRIPE = 64;
const STRIPES_PER_BLOCK = 16;

function ofLong(bytes: Buffer): bigint {
  const sums = [PRIME32_3, PRIME64_1, PRIME64_2, PRIME64_3, PRIME64_4, PRIME32_2, PRIME64_5, PRIME32_1];
  const stripes = Math.floor((bytes.length - 1) / STRIPE);
  for (let stripe = 0; stripe < stripes; stripe++) {
    const inBlock = stripe % STRIPES_PER_BLOCK;
    accumulate(sums, bytes, stripe * STRIPE, inBlock * 8);
    if (inBlock === STRIPES_PER_BLOCK - 1) scramble(sums);
  }
  accumulate(sums, bytes, bytes.length - STRIPE, SECRET.length - STRIPE - 7);
  let result = BigInt(bytes.length) * PRIME64_1;
  for (let i = 0; i < 8; i += 2) {
    result += folded((sums[i] as bigint) ^ secret(11 + i * 8), (sums[i + 1] as bigint) ^ secret(19 + i * 8));
  }
  return avalanche(result);
}

function accumulate(sums: bigint[], bytes: Buffer, at: number, secretAt: number): void {
  for (let i = 0; i < 8; i++) {
    const data = read(bytes, at + i * 8);
    const keyed = data ^ secret(secretAt + i * 8);
    sums[i ^ 1] = word((sums[i ^ 1] as bigint) + data);
    sums[i] = word((sums[i] as bigint) + (keyed & 0xffffffffn) * (keyed >> 32n));
  }
}

function scramble(sums: bigint[]): void {
  for (const [i, sum] of sums.entries()) {
    sums[i] = word((sum ^ (sum >> 47n) ^ secret(SECRET.length - STRIPE + i * 8)) * PRIME32_1);
  }
}

/** Sixteen bytes with sixteen of the secret. */
function mixed(bytes: Buffer, at: number, secretAt: number): bigint {
  return folded(read(bytes, at) ^ secret(secretAt), read(bytes, at + 8) ^ secret(secretAt + 8));
}

/** The halves of the product, of 128 bits, on one another. */
function folded(a: bigint, b: bigint): bigint {
  const product = a * b;
  return word(product) ^ (product >> 64n);
}

function swapped(value: bigint): bigint {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigUInt64LE(value);
  return bytes.readBigUInt64BE();
}

function avalanche(sum: bigint): bigint {
  let hash = word(sum);
  hash = word((hash ^ (hash >> 37n)) * PRIME_MX1);
  return hash ^ (hash >> 32n);
}

function avalanche64(sum: bigint): bigint {
  let hash = word(sum);
  hash = word((hash ^ (hash >> 33n)) * PRIME64_2);
  hash = word((hash ^ (hash >> 29n)) * PRIME64_3);
  return hash ^ (hash >> 32n);
}

function rotatedMix(value: bigint, length: bigint): bigint {
  let hash = word(value ^ rotated(value, 49n) ^ rotated(value, 24n));
  hash = word(hash * PRIME_MX2);
  hash = word((hash ^ ((hash >> 35n) + length)) * PRIME_MX2);
  return hash ^ (hash >> 28n);
}

function rotated(value: bigint, by: bigint): bigint {
  return word((value << by) | (value >> (64n - by)));
}
