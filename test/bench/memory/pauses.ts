import { fork } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { median } from '../measure.js';
import { machine } from '../report.js';

/**
 * How long the bundled server (built: `npm run build`) stops for reasons of its own, with many keys in it: several runs,
 * each in a process with the young generation that the program has.
 *
 *     npm run bench:pauses -- [keys, 10000000] [which rows, a regular expression] [--runs 5] [--write]
 */
export interface Pause {
  readonly name: string;
  /** Milliseconds of the one command that the row is about. */
  readonly command: number | undefined;
  /** The longest turn of the event loop in milliseconds, without the time in which the system let others run. */
  readonly turn: number;
  /** The longest that a turn took for reasons of its own, as in `own-time.js`. */
  readonly own: number;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '5' }, write: { type: 'boolean', default: false } },
});
const [keys = '10000000', rows = ''] = positionals;
const RUN = new URL('./pauses-run.mjs', import.meta.url).pathname;
/** As `boundYoungGeneration` has it. */
const FLAGS = ['--max-semi-space-size=4', '--no-parallel-scavenge'];
const PAGE = 'docs/benchmarks-server.md';
const GOAL_MS = 10;
const TITLE = '## Pauses\n';
const ABOUT = `How long the server keeps its event loop, in milliseconds, while it is given twenty commands a turn, and how long single
commands take that free, replace or copy a lot; collections have a million elements. \`npm run bench:pauses -- --write\` measures it.

A turn is measured without the time in which the system let others run. What is our own in it is at most the processor time
that was taken meanwhile: this leaves out what a machine that is a guest of another is not given at all, which Linux takes off
the time of its processes. It does not leave out what such a machine takes for a page of memory that it has to be given
first, or again: a turn far above the median, in one row of one run, is mostly that. The last rows are the machine alone: a
program with nothing to do, one that only writes to new memory, a page a turn, and one that reads it here and there.
The goal is ${GOAL_MS} ms of our own, by the median of the runs.
`;

const found = new Map<string, Pause[]>();
for (let i = 0; i < Number(values.runs); i++) {
  const pauses = await oneRun();
  for (const pause of pauses) found.set(pause.name, [...(found.get(pause.name) ?? []), pause]);
  const over = pauses
    .filter(({ turn }) => turn > GOAL_MS)
    .map(({ name, turn, own }) => `${name} ${ms(turn)}, own ${ms(own)}`);
  console.error(`run ${i + 1}: ${over.length > 0 ? over.join('; ') : `no turn above ${GOAL_MS} ms`}`);
}
const text = section();
console.log(text);
if (values.write) writeFileSync(PAGE, `${withoutSection(readFileSync(PAGE, 'utf8'))}\n${text}`);

async function oneRun(): Promise<Pause[]> {
  const run = fork(RUN, [keys, rows], { execArgv: FLAGS });
  const pauses: Pause[] = [];
  run.on('message', (pause: Pause) => pauses.push(pause));
  const code = await new Promise((resolve) => run.once('exit', resolve));
  if (code !== 0) throw new Error(`a run ended with ${code}`);
  return pauses;
}

function section(): string {
  const lines = [...found].map(([name, pauses]) => {
    const of = (which: (pause: Pause) => number) => pauses.map(which);
    const command = pauses[0]!.command === undefined ? '' : spread(of((pause) => pause.command ?? 0));
    const own = of((pause) => pause.own);
    const isMissed = !name.startsWith('the machine') && median(own) > GOAL_MS;
    return `| ${name} | ${command} | ${spread(of(({ turn }) => turn))} | ${spread(own)}${isMissed ? ' (missed)' : ''} |`;
  });
  return `${TITLE}
${ABOUT}
${machine()}; ${Number(keys).toLocaleString('en-US')} keys of 16 bytes with values of 100; runs: ${values.runs}.

| | the command: median, longest | longest turn: median, longest | of it our own: median, longest |
|---|---|---|---|
${lines.join('\n')}
`;
}

/** It is the page's last one. */
function withoutSection(page: string): string {
  return page.includes(TITLE) ? page.slice(0, page.indexOf(TITLE)).trimEnd().concat('\n') : page;
}

function spread(all: readonly number[]): string {
  return `${ms(median(all))}, ${ms(Math.max(...all))}`;
}

function ms(value: number): string {
  return value.toFixed(1);
}
