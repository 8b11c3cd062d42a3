import type { MapConfig } from '../config/model.js';
import type { Outcome } from '../core/outcome.js';
import { textOrBase64 } from '../frontends/http/protocol.js';
import type { Explanation, Try } from '../lookups/lookup.js';
import { readableLine } from './readable.js';
import { printTable } from './table.js';
import type { Output } from './terminal.js';

/** Prints what a lookup asked, in order, and how it ended. */
export function printExplanation(out: Output, key: Buffer, map: MapConfig, { outcome, tries }: Explanation): void {
  const { bold, dim } = out.colors;
  out.write(`${bold(readableLine(key))} ${dim(`in map ${map.id}`)}\n`);
  if (tries.length === 0) out.write(`no key can be made of it: the map's key is ${JSON.stringify(map.key)}\n`);
  else
    printTable(
      out,
      headerFor(tries),
      tries.map((one, i) => rowFor(i, one, out)),
    );
  out.write(`${bold('answer:')} ${outcomeText(outcome, out)}\n`);
}

/** Hashes and sets are asked for a field or member of a key: one column more. */
function headerFor(tries: readonly Try[]): string[] {
  const field = tries.some((one) => one.field !== undefined) ? ['FIELD'] : [];
  return ['', 'EXPANSION', 'SOURCE', 'KEY', ...field, 'OUTCOME'];
}

function rowFor(i: number, { expansion, source, key, field, outcome }: Try, out: Output): string[] {
  const fields = field === undefined ? [] : [readableLine(field)];
  return [`${i + 1}.`, expansion, source, readableLine(key), ...fields, outcomeText(outcome, out)];
}

export function outcomeText(outcome: Outcome, { colors }: Output): string {
  switch (outcome.kind) {
    case 'found':
      return outcome.value.length > 0
        ? `${colors.green('found')} ${readableLine(outcome.value)}`
        : `${colors.green('found')}, empty ${colors.dim('(socketmap, tcp-table and line say not found)')}`;
    case 'notFound':
      return colors.dim('not found');
    case 'temporary':
    case 'permanent':
      return `${colors.red(outcome.kind)}: ${outcome.reason}`;
  }
}

/** One object per key, for `--json`. */
export function explanationJson(map: string, key: Buffer, { outcome, tries }: Explanation): object {
  return { ...lookupJson(map, key, outcome), tries: tries.map(tryJson) };
}

/** As HTTP answers it. */
export function lookupJson(map: string, key: Buffer, outcome: Outcome): object {
  return { map, ...textOrBase64('key', key), ...outcomeJson(outcome) };
}

function tryJson({ expansion, source, key, field, outcome }: Try): object {
  const fields = field === undefined ? {} : textOrBase64('field', field);
  return { expansion, source, ...textOrBase64('key', key), ...fields, ...outcomeJson(outcome) };
}

export function outcomeJson(outcome: Outcome): object {
  switch (outcome.kind) {
    case 'found':
      return textOrBase64('value', outcome.value);
    case 'notFound':
      return { error: 'not-found' };
    case 'temporary':
    case 'permanent':
      return { error: outcome.kind, detail: outcome.reason };
  }
}
