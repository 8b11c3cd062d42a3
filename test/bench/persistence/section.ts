/** A table of the page, with a heading of its own. */
export interface Section {
  readonly title: string;
  readonly about: string;
  readonly head: readonly string[];
  readonly measure: (pairs: number) => Promise<Measured>;
}

type Rows = readonly (readonly string[])[];

export interface Measured {
  readonly rows: Rows;
  /** A second table, of the same runs. */
  readonly further?: { readonly about: string; readonly head: readonly string[]; readonly rows: Rows };
}

/** `runs`: of each side. */
export function sectionText({ title, about, head }: Section, { rows, further }: Measured, runs: number): string {
  const first = `## ${title}\n\n${about}\nRuns of each side, in turn: ${runs}.\n\n${tableText(head, rows)}`;
  return further === undefined ? first : `${first}\n${further.about}\n\n${tableText(further.head, further.rows)}`;
}

function tableText(head: readonly string[], rows: Rows): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return `${[line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')}\n`;
}

export function whole(value: number): string {
  return value.toFixed(0);
}

/** "0.93 (0.90 to 1.02)", with the goal, and whether it was missed. */
export function ratioCells(
  { median, min, max }: { readonly median: number; readonly min: number; readonly max: number },
  goal: { readonly atMost: number } | { readonly atLeast: number },
): [ratio: string, goal: string] {
  const isAtMost = 'atMost' in goal;
  const bound = isAtMost ? goal.atMost : goal.atLeast;
  const isReached = isAtMost ? median <= bound : median >= bound;
  const text = `${isAtMost ? 'at most' : 'at least'} ${bound.toFixed(2)}${isReached ? '' : ' (missed)'}`;
  return [`${median.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)})`, text];
}
