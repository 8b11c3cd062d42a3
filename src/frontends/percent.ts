const PERCENT = 0x25;

/** Undoes `%XX`, bytes in and bytes out. Null when a percent sign is not followed by two hex digits. */
export function decodePercent(encoded: Buffer): Buffer | null {
  if (!encoded.includes(PERCENT)) return encoded;
  const decoded = Buffer.allocUnsafe(encoded.length);
  let length = 0;
  for (let i = 0; i < encoded.length; i++) {
    let byte = encoded[i] as number;
    if (byte === PERCENT) {
      byte = 16 * hexValue(encoded[i + 1]) + hexValue(encoded[i + 2]);
      if (Number.isNaN(byte)) return null;
      i += 2;
    }
    decoded[length++] = byte;
  }
  return decoded.subarray(0, length);
}

function hexValue(digit: number | undefined): number {
  if (digit === undefined) return Number.NaN;
  if (digit >= 0x30 && digit <= 0x39) return digit - 0x30;
  const letter = digit | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : Number.NaN;
}
