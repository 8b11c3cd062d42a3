/** What JSON escapes with one letter, as lua-cjson does it: the byte and the letter. */
export const SHORT_ESCAPES: ReadonlyArray<readonly [number, string]> = [
  [0x08, 'b'],
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0c, 'f'],
  [0x0d, 'r'],
  [0x22, '"'],
  [0x2f, '/'],
  [0x5c, '\\'],
];
