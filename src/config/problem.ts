import type { Position } from './document.js';
import type { Excerpts } from './excerpt.js';
import type { Problem } from './model.js';

/** Collects what is wrong in one file. Messages hold no value that a macro brought in, and no password. */
export class Report {
  readonly problems: Problem[] = [];
  readonly #file: string;
  readonly #excerpts: Excerpts;

  constructor(file: string, excerpts: Excerpts) {
    this.#file = file;
    this.#excerpts = excerpts;
  }

  error(at: Position, message: string, hint?: string): void {
    this.#add('error', at, message, hint);
  }

  warning(at: Position, message: string, hint?: string): void {
    this.#add('warning', at, message, hint);
  }

  get hasErrors(): boolean {
    return this.problems.some((problem) => problem.severity === 'error');
  }

  /** In the order of the file. */
  sorted(): Problem[] {
    return this.problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  }

  #add(severity: Problem['severity'], at: Position, message: string, hint: string | undefined): void {
    const excerpt = at.variable === undefined ? this.#excerpts.at(at) : undefined;
    this.problems.push({
      severity,
      message,
      file: at.variable ?? this.#file,
      line: at.line,
      column: at.column,
      ...(hint === undefined ? {} : { hint }),
      ...(excerpt === undefined ? {} : { excerpt }),
    });
  }
}

/** Thrown when a configuration has errors: all of them at once, warnings included, each with its place. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(summarize).join('\n'));
  }
}

/** How the parts of a rendered problem may be coloured. */
export interface ProblemStyle {
  readonly place: (text: string) => string;
  readonly error: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly caret: (text: string) => string;
  readonly hint: (text: string) => string;
}

const same = (text: string) => text;
const PLAIN: ProblemStyle = { place: same, error: same, warning: same, caret: same, hint: same };

/** `file:line:column: error: message`, the line, a caret below its place, and the hint. */
export function renderProblem(problem: Problem, style: ProblemStyle = PLAIN): string {
  const place = style.place(`${problem.file}:${problem.line}:${problem.column}:`);
  const severity = style[problem.severity](`${problem.severity}:`);
  const lines = [`${place} ${severity} ${problem.message}`];
  if (problem.excerpt !== undefined) {
    const { text, column } = problem.excerpt;
    // Tabs stay tabs, so that the caret stands below its character whatever the width of a tab is.
    const indent = text.slice(0, column - 1).replace(/[^\t]/g, ' ');
    lines.push(`    ${text.trimEnd()}`, `    ${indent}${style.caret('^')}`);
  }
  if (problem.hint !== undefined) lines.push(`    ${style.hint('hint:')} ${problem.hint}`);
  return lines.join('\n');
}

function summarize(problem: Problem): string {
  const hint = problem.hint === undefined ? '' : ` (${problem.hint})`;
  return `${problem.file}:${problem.line}:${problem.column}: ${problem.severity}: ${problem.message}${hint}`;
}
