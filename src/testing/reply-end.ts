/**
 * Where the reply that starts at `at` ends in the bytes, undefined while it is not whole: what a proxy needs
 * to hold back, cut or pass one reply without reading it.
 */
export function replyEnd(bytes: Buffer, at = 0): number | undefined {
  const line = bytes.indexOf('\r\n', at);
  if (line < 0) return undefined;
  const end = line + 2;
  const type = String.fromCharCode(bytes[at]!);
  const length = Number(bytes.toString('latin1', at + 1, line));
  switch (type) {
    case '$':
    case '=':
    case '!':
      if (length < 0) return end;
      return bytes.length >= end + length + 2 ? end + length + 2 : undefined;
    case '*':
    case '~':
    case '>':
      return itemsEnd(bytes, end, length);
    case '%':
      return itemsEnd(bytes, end, length * 2);
    default:
      return end;
  }
}

function itemsEnd(bytes: Buffer, at: number, count: number): number | undefined {
  let end: number | undefined = at;
  for (let i = 0; i < count && end !== undefined; i++) end = replyEnd(bytes, end);
  return end;
}
