import { isUtf8 } from 'node:buffer';

/**
 * Folds a key to lower case, as stores keep their keys: Unicode's lower case for valid UTF-8, ASCII's for
 * any other bytes, which stay as they are. Not Unicode's full case folding, which Postfix uses: "ß" stays
 * "ß" and does not become "ss".
 */
export function foldCase(key: Buffer): Buffer {
  switch (highestNeed(key)) {
    case 'nothing':
      return key;
    case 'ascii':
      return foldAscii(key);
    case 'unicode':
      return isUtf8(key) ? Buffer.from(key.toString('utf8').toLowerCase(), 'utf8') : foldAscii(key);
  }
}

function highestNeed(key: Buffer): 'nothing' | 'ascii' | 'unicode' {
  let need: 'nothing' | 'ascii' = 'nothing';
  for (let i = 0; i < key.length; i++) {
    const byte = key[i] as number;
    if (byte >= 0x80) return 'unicode';
    if (byte >= 0x41 && byte <= 0x5a) need = 'ascii';
  }
  return need;
}

function foldAscii(key: Buffer): Buffer {
  const folded = Buffer.from(key);
  for (let i = 0; i < folded.length; i++) {
    const byte = folded[i] as number;
    if (byte >= 0x41 && byte <= 0x5a) folded[i] = byte + 0x20;
  }
  return folded;
}
