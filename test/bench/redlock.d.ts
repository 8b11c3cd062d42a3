/** redlock 4 ships no types: what the benchmark uses of it. */
// biome-ignore lint/correctness/noUnresolvedImports: resolved by "main" of its package.json
declare module 'redlock' {
  class Redlock {
    constructor(clients: readonly unknown[], options: { readonly retryCount: number });
    lock(resource: string, ttl: number): Promise<{ unlock(): Promise<void> }>;
  }
  export = Redlock;
}
