import type { Config, Problem } from '../../config/model.js';
import type { FileRefused } from './list-file.js';
import type { Notice } from './loaded-list.js';
import type { Line } from './records.js';

/** What is wrong with a list's file, as problems of the configuration: with the place in the file, or of its path. */
export function problemsOfFile(config: Config, refused: FileRefused): Problem[] {
  const { path, at, id } = refused.config;
  if (refused.notices.length > 0) return problemsOfLines(path, refused.notices);
  return [{ severity: 'error', message: `list "${id}": ${path}: ${refused.reason}`, file: config.file, ...at }];
}

export function problemsOfLines(path: string, notices: readonly Notice[]): Problem[] {
  return notices.map(({ severity, line, column, message }) => ({
    severity,
    message,
    file: path,
    line: line.number,
    column,
    excerpt: excerptOf(line, column),
  }));
}

/** Characters of a line around its place. */
const SHOWN = 120;

/** The bytes of a line as text, and the column of its character. */
function excerptOf({ text }: Line, column: number): NonNullable<Problem['excerpt']> {
  const readable = (bytes: string) => Buffer.from(bytes, 'latin1').toString().replace(UNPRINTABLE, '\ufffd');
  const from = Math.max(0, column - 1 - SHOWN / 2);
  const before = readable(text.slice(from, column - 1));
  return { text: before + readable(text.slice(column - 1, from + SHOWN)), column: before.length + 1 };
}

const UNPRINTABLE = /[\x00-\x08\x0a-\x1f\x7f]/g;
