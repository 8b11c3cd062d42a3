/** One number of a `/metrics` page. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The text is not what Prometheus's exposition format has. */
export class ExpositionError extends Error {
  override readonly name = 'ExpositionError';
}

/**
 * Reads Prometheus's text format, version 0.0.4: a sample a line, with labels whose values may hold `\\`, `\"` and
 * `\n`. Comments tell types and help, which nobody here asks for. Throws ExpositionError.
 */
export function parseExposition(text: string): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    samples.push(parseSample(line));
  }
  return samples;
}

const NAME = /^\s*([a-zA-Z_:][\w:]*)\s*/;
const LABEL = /^\s*([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(,?)/;
/** A time may follow. */
const VALUE = /^\s*([^\s{}]+)(?:\s+-?\d+)?\s*$/;

function parseSample(line: string): Sample {
  const name = NAME.exec(line);
  if (name === null) throw new ExpositionError(`no name of a metric: ${shown(line)}`);
  const labels: Record<string, string> = {};
  let rest = line.slice(name[0].length);
  if (rest.startsWith('{')) {
    rest = rest.slice(1);
    for (let label = LABEL.exec(rest); label !== null; label = LABEL.exec(rest)) {
      labels[label[1]!] = unescaped(label[2]!);
      rest = rest.slice(label[0].length);
      if (label[3] === '') break;
    }
    if (!/^\s*\}/.test(rest)) throw new ExpositionError(`the labels do not end: ${shown(line)}`);
    rest = rest.slice(rest.indexOf('}') + 1);
  }
  const value = numberOf(VALUE.exec(rest)?.[1]);
  if (value === undefined) throw new ExpositionError(`no value: ${shown(line)}`);
  return { name: name[1]!, labels, value };
}

/** In any case, as Go reads numbers: prom-client writes "Nan". */
const SPECIAL: Readonly<Record<string, number>> = {
  '+inf': Number.POSITIVE_INFINITY,
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  nan: Number.NaN,
};

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const special = SPECIAL[text.toLowerCase()];
  if (special !== undefined) return special;
  const number = Number(text);
  return Number.isNaN(number) ? undefined : number;
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
}

function shown(line: string): string {
  return JSON.stringify(line.slice(0, 80));
}
