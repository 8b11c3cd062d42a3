import { writeFileSync } from 'node:fs';
import { parseExposition, type Sample } from '../../src/cli/stats/exposition.js';
import { PHASES, type Phase, type SteadyClients } from './steady-clients.js';

/** `/metrics` at a moment. */
export interface Look {
  readonly when: string;
  readonly page: string;
}

/** What docs/outage.md tells. */
export interface Outage {
  readonly toml: string;
  /** Ports of this run, and those that stand for them. */
  readonly ports: ReadonlyMap<string, string>;
  readonly seconds: Readonly<Record<Phase, number>>;
  readonly clients: readonly SteadyClients[];
  /** Milliseconds from Redis's end to the first temporary answer. */
  readonly firstTemporary: number;
  /** Milliseconds from Redis's return to each client's first right answer, the longest; and to the last temporary one. */
  readonly recovery: number;
  readonly lastTemporary: number;
  readonly looks: readonly Look[];
  /** The log's lines of the minute, without those of decisions of policies. */
  readonly lines: readonly string[];
  readonly decisions: number;
}

const PAGE = new URL('../../docs/outage.md', import.meta.url);

export function writeOutagePage(outage: Outage): void {
  const parts = [introduction(outage), answers(outage), metrics(outage), log(outage)];
  let text = parts.join('\n');
  for (const [port, name] of outage.ports) text = text.replaceAll(new RegExp(`\\b${port}\\b`, 'g'), name);
  writeFileSync(PAGE, text);
}

function introduction({ seconds, toml }: Outage): string {
  return `# Redis stopped and started again

A minute of a daemon under a steady load: ${seconds.before} seconds with Redis, ${seconds.without} without it (killed), ${seconds.after} from its start on. \`npm run test:long\`
has written this page from what it saw, after it had checked it: no wrong answer, no "not found" for what is there, a temporary answer within
the deadline, right answers soon after Redis is back, and in \`/metrics\` exactly what the clients got.

\`\`\`toml
${toml.trim()}
\`\`\`
`;
}

function answers({ clients, seconds, firstTemporary, recovery, lastTemporary }: Outage): string {
  const cell = (one: SteadyClients, phase: Phase) => {
    const { right, temporary, slowest } = one.tallies[phase];
    return `${count(right)} right, ${count(temporary)} temporary, longest ${count(slowest)} ms`;
  };
  const rows = clients.map((one) => `| ${one.name} | ${PHASES.map((phase) => cell(one, phase)).join(' | ')} |`);
  return `## What the clients got

Clients ask again 20 ms after each answer.

| asked | ${seconds.before} s with Redis | ${seconds.without} s without | ${seconds.after} s with it again |
|---|---|---|---|
${rows.join('\n')}

The first temporary answer came ${count(firstTemporary)} ms after Redis was killed, the last one ${count(lastTemporary)} ms after it took connections again;
${count(recovery)} ms at most after that moment every client had had a right answer. "Temporary" is \`TEMP\` over socketmap, of which Postfix makes
\`451 4.3.0\` ([postfix.md](postfix.md)), and \`DEFER_IF_PERMIT 4.3.0\` from a policy with \`on-error = "defer"\`: \`450\` ([policies.md](policies.md)). With
\`on-error = "pass"\` mail goes on uncounted. What a cache has with \`serve-stale\` is answered all the time.
`;
}

function metrics({ looks }: Outage): string {
  const columns = looks.map(
    ({ page }) =>
      new Map(
        parseExposition(page)
          .filter(isTold)
          .map((s) => [nameOf(s), s.value]),
      ),
  );
  const names = [...new Set(columns.flatMap((column) => [...column.keys()]))].sort();
  const changed = names.filter((name) => columns.some((column) => column.get(name) !== 0));
  const value = (number: number | undefined) => (number === undefined ? '' : String(Number(number.toPrecision(6))));
  const rows = changed.map(
    (name) => `| \`${name}\` | ${columns.map((column) => value(column.get(name))).join(' | ')} |`,
  );
  return `## What /metrics said

At the end of each of the three, without buckets and zeros.

| | ${looks.map(({ when }) => when).join(' | ')} |
|---|${looks.map(() => '---|').join('')}
${rows.join('\n')}
`;
}

function isTold({ name }: Sample): boolean {
  return /^lookupd_(?!build_info|.*_bucket$)/.test(name);
}

function nameOf({ name, labels }: Sample): string {
  return `${name}{${Object.entries(labels)
    .map(([label, value]) => `${label}="${value}"`)
    .join(',')}}`;
}

function log({ lines, decisions }: Outage): string {
  return `## The log

All of the minute, at level \`info\`: ${lines.length} lines, and ${count(decisions)} more that each explain the decision of a policy about a mail, which are left
out here. What could not be decided is among the ${lines.length}.

\`\`\`log
${lines.join('\n')}
\`\`\`
`;
}

function count(number: number): string {
  return Math.round(number).toLocaleString('en-US');
}
