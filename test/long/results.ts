import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** What a long test leaves behind: one row of docs/long-tests.md. */
export interface Result {
  readonly test: string;
  readonly did: string;
  readonly counts: Readonly<Record<string, number | string>>;
  /** Of `performance.now()`. */
  readonly began: number;
}

const PAGE = new URL('../../docs/long-tests.md', import.meta.url);

const HEAD = `# Long tests

\`npm run test:long\` runs what takes minutes. Each test writes its row here when it has passed: these are the last results.

| test | what it did | counts | duration | date |
|---|---|---|---|---|
`;

/** Puts the row in the place of the test's last one. The tests run one after the other. */
export function record({ test, did, counts, began }: Result): void {
  const seconds = Math.round((performance.now() - began) / 1000);
  const counted = Object.entries(counts).map(([name, count]) => `${name} ${shown(count)}`);
  const date = new Date().toISOString().slice(0, 10);
  const row = `| ${test} | ${did} | ${counted.join('; ')} | ${seconds} s | ${date} |`;
  const rows = existsSync(PAGE) ? readFileSync(PAGE, 'utf8').slice(HEAD.length).split('\n') : [];
  const others = rows.filter((line) => line !== '' && !line.startsWith(`| ${test} |`));
  writeFileSync(PAGE, `${HEAD}${[...others, row].sort().join('\n')}\n`);
}

function shown(count: number | string): string {
  return typeof count === 'number' ? count.toLocaleString('en-US') : count;
}
