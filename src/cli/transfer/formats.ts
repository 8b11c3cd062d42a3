import { Csv, csvRow } from '../../lookups/lists/csv.js';
import { PostfixText, postfixLine } from '../../lookups/lists/postfix-text.js';
import type { RecordReader } from '../../lookups/lists/records.js';
import { option, UsageError } from '../command.js';
import { JsonLines, jsonLine } from './json-lines.js';

const FORMATS = ['postfix', 'csv', 'jsonl'] as const;

export type TransferFormat = (typeof FORMATS)[number];

export const formatOption = option.oneOf(
  '--format <format>',
  FORMATS,
  'postfix: what postmap reads; csv: key and value; jsonl: an object per line. By default what the end of the name says, else postfix',
);

/** By the name of the file. */
export function formatOf(file: string, format: TransferFormat | undefined): TransferFormat {
  if (format !== undefined) return format;
  if (/\.(jsonl|ndjson|json)$/i.test(file)) return 'jsonl';
  return /\.csv$/i.test(file) ? 'csv' : 'postfix';
}

export interface CsvOptions {
  readonly separator: string | undefined;
  readonly skipFirst: boolean;
}

export function readerOf(format: TransferFormat, { separator = ',', skipFirst }: CsvOptions): RecordReader {
  switch (format) {
    case 'postfix':
      return new PostfixText();
    case 'csv':
      return new Csv({ key: 0, value: 1, separator, skipFirst });
    case 'jsonl':
      return new JsonLines();
  }
}

/** One character, not a quote. Throws UsageError. */
export function parseSeparator(text: string): string {
  const separator = text === '\\t' ? '\t' : text;
  if (separator.length === 1 && separator !== '"' && separator.charCodeAt(0) < 0x80) return separator;
  throw new UsageError('a separator is one character, such as ";" or "\\t"');
}

/** An entry as a line without its end, one character per byte; undefined where the format cannot say it. */
export function writerOf(format: TransferFormat): (key: Buffer, value: Buffer) => string | undefined {
  switch (format) {
    case 'postfix':
      return (key, value) => postfixLine(key.latin1Slice(), value.latin1Slice());
    case 'csv':
      return (key, value) => (key.length === 0 ? undefined : csvRow(key.latin1Slice(), value.latin1Slice()));
    case 'jsonl':
      return jsonLine;
  }
}
