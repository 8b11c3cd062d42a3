/** Counters that INFO tells and CONFIG RESETSTAT clears. */
export class Stats {
  connections = 0;
  rejectedConnections = 0;
  commands = 0;
  rejectedCalls = 0;
  bytesIn = 0;
  bytesOut = 0;
  errorReplies = 0;
  readonly errors = new Map<string, number>();

  countError(code: string): void {
    this.errorReplies++;
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1);
  }

  reset(): void {
    this.connections = this.rejectedConnections = this.commands = this.rejectedCalls = 0;
    this.bytesIn = this.bytesOut = this.errorReplies = 0;
    this.errors.clear();
  }
}
