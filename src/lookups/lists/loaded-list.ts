import type { Outcome } from '../../core/outcome.js';
import type { Line, WrongLine } from './records.js';

/** A list in memory: built once, then only asked. */
export interface LoadedList {
  readonly entries: number;
  /** Bytes it takes, about. */
  readonly byteLength: number;
  find(key: Buffer): Outcome;
}

/** Takes the lines of a list one by one. */
export interface ListCompiler {
  /** The entries so far. */
  readonly entries: number;
  push(line: Line): Notice | undefined;
  end(): Notice | undefined;
  build(): LoadedList;
}

/** Something to say about a line: an error is not in the list; a warning is about one that is. */
export interface Notice {
  readonly severity: 'error' | 'warning';
  readonly line: Line;
  readonly column: number;
  readonly message: string;
}

export function errorOf({ line, column, message }: WrongLine): Notice {
  return { severity: 'error', line, column, message };
}
