import type { Problem } from '../config/model.js';
import { type ProblemStyle, renderProblem } from '../config/problem.js';
import type { Output } from './terminal.js';

/** Prints each problem with its line and caret, coloured on a terminal. */
export function printProblems(problems: readonly Problem[], output: Output): void {
  const { bold, red, yellow, cyan, dim } = output.colors;
  const style: ProblemStyle = {
    place: bold,
    error: (text) => red(bold(text)),
    warning: (text) => yellow(bold(text)),
    caret: red,
    hint: (text) => cyan(dim(text)),
  };
  for (const problem of problems) output.write(`${renderProblem(problem, style)}\n`);
}

/** "2 errors, 1 warning", or "no problems". */
export function countProblems(problems: readonly Problem[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.length - errors;
  const parts = [plural(errors, 'error'), plural(warnings, 'warning')].filter((part) => part !== undefined);
  return parts.join(', ') || 'no problems';
}

function plural(count: number, noun: string): string | undefined {
  if (count === 0) return undefined;
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}
