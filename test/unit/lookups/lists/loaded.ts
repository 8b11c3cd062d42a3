import type { ListConfig } from '../../../../src/config/model.js';
import type { Outcome } from '../../../../src/core/outcome.js';
import { type ListReading, loadList } from '../../../../src/lookups/lists/load-list.js';

const DEFAULTS: ListConfig = {
  format: 'list',
  foldCase: true,
  keyColumn: 0,
  valueColumn: undefined,
  separator: ',',
  skipFirst: false,
  limits: { size: 1_048_576, entries: 100_000, entrySize: 512 },
};

export function load(text: string | Buffer, config: Partial<ListConfig>): Promise<ListReading> {
  return loadList(Buffer.from(text), { ...DEFAULTS, ...config });
}

/** The value of a key; null when it is not found. */
export function answerOf({ list }: ListReading, key: string | Buffer): string | null | Outcome {
  const outcome = list.find(Buffer.from(key));
  if (outcome.kind === 'notFound') return null;
  return outcome.kind === 'found' ? outcome.value.toString() : outcome;
}

/** `line:column severity message` of each notice. */
export function noticesOf({ notices }: ListReading): string[] {
  return notices.map(({ line, column, severity, message }) => `${line.number}:${column} ${severity} ${message}`);
}
