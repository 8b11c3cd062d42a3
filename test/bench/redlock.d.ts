/** redlock 4 ships no types: what the benchmark uses of it. */
declare module 'redlock' {
  class Redlock {
    constructor(clients: readonly unknown[], options: { readonly retryCount: number });
    lock(resource: string, ttl: number): Promise<{ unlock(): Promise<void> }>;
  }
  export = Redlock;
}
