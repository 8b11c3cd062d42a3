/**
 * How many nodes Redis's radix tree has for these keys (sorted, all of one length): one for each run of bytes
 * without a choice, each choice, and each key's end. XINFO tells it.
 */
export function radixTreeNodes(keys: readonly Uint8Array[]): number {
  const { length } = keys;
  if (length === 0) return 1;
  let nodes = length;
  // Depths of the choices that the path to the last key passes.
  const choices: number[] = [];
  for (let i = 0; i < length; i++) {
    const shared = i + 1 < length ? commonPrefix(keys[i]!, keys[i + 1]!) : -1;
    // From the deepest choice of this key to its end.
    const above = Math.max(shared, choices.at(-1) ?? -1);
    if (above + 1 < keys[i]!.length) nodes++;
    while ((choices.at(-1) ?? -1) > shared) {
      const depth = choices.pop()!;
      const parent = Math.max(shared, choices.at(-1) ?? -1);
      nodes += parent + 1 < depth ? 2 : 1;
    }
    if (shared >= 0 && choices.at(-1) !== shared) choices.push(shared);
  }
  return nodes;
}

function commonPrefix(a: Uint8Array, b: Uint8Array): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}
