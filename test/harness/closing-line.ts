import type { Reporter, TestModule } from 'vitest/node';

/** The last line of every run, for people in a hurry and for machines: `N passed, N failed, N skipped`. */
export class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const counts = { passed: 0, failed: errors.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) counts[test.result().state]++;
      // A file that could not even be loaded has no tests to fail.
      if (!module.ok() && module.errors().length > 0) counts.failed++;
    }
    // After the default reporter's summary, which is printed in the same turn.
    process.once('exit', () => {
      process.stdout.write(
        `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped + counts.pending} skipped\n`,
      );
    });
  }
}
