import { textOrBase64 } from '../frontends/http/protocol.js';
import { ExitCode } from './exit-codes.js';
import { printJson } from './json.js';
import type { Terminal } from './terminal.js';

/** What every command on one key of a store is about. */
export interface Subject {
  readonly store: string;
  readonly key: string;
}

/** How a command answers: one object with `--json`, else text for people or, in a pipe, for programs. */
export interface Answer {
  readonly json: Readonly<Record<string, unknown>>;
  /** On a terminal, without its line end. Left out: nothing. */
  readonly people?: string | undefined;
  /** In a pipe, as it is. Left out: nothing. */
  readonly programs?: string | Uint8Array | undefined;
}

export function answer(terminal: Terminal, asJson: boolean, { json, people, programs }: Answer): typeof ExitCode.ok {
  const { out } = terminal;
  if (asJson) printJson(out, json);
  else if (!out.isTerminal) out.write(programs ?? '');
  else if (people !== undefined) out.write(`${people}\n`);
  return ExitCode.ok;
}

/** The answer "no": nothing on standard output, a word for people beside it. */
export function answerNo(
  terminal: Terminal,
  asJson: boolean,
  json: Readonly<Record<string, unknown>>,
  people: string,
): typeof ExitCode.no {
  const { out, err } = terminal;
  if (asJson) printJson(out, json);
  else if (err.isTerminal) err.write(`${err.colors.dim(people)}\n`);
  return ExitCode.no;
}

export function notFound(terminal: Terminal, asJson: boolean, subject: Subject): typeof ExitCode.no {
  return answerNo(terminal, asJson, { ...subject, error: 'not-found' }, 'not found');
}

/** `{"value": …}`; what is no text stands in base64 beside it, as over HTTP. */
export function valueJson(name: string, bytes: Uint8Array): Readonly<Record<string, unknown>> {
  return textOrBase64(name, Buffer.from(bytes));
}
