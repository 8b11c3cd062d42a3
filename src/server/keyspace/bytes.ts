/** Few bytes are copied one by one: calling out of JavaScript takes longer. */
export function copyBytes(from: Buffer, start: number, to: Buffer, at: number, length: number): void {
  if (length < FEW) for (let i = 0; i < length; i++) to[at + i] = from[start + i]!;
  else from.copy(to, at, start, start + length);
}

const FEW = 64;

/** Within one array; the places may overlap. */
export function moveBytes(bytes: Buffer, from: number, to: number, length: number): void {
  if (length > 24) bytes.copyWithin(to, from, from + length);
  else if (to < from) for (let i = 0; i < length; i++) bytes[to + i] = bytes[from + i]!;
  else for (let i = length - 1; i >= 0; i--) bytes[to + i] = bytes[from + i]!;
}
