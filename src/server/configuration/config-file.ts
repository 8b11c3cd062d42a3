import { appendFileSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { globPaths } from '../../core/glob-paths.js';
import { systemReason } from '../../core/system-reason.js';
import { splitWords } from '../../resp/request-decoder.js';
import { quoted } from '../quoted.js';
import { stageOf } from '../sentinel/directives.js';
import { type Configuration, isSecretDirective } from './configuration.js';
import { DirectiveError } from './value-types.js';

/** A configuration that cannot be used, told as redis-server tells it. */
export class ConfigFileError extends Error {
  override readonly name = 'ConfigFileError';
}

/**
 * Where configuration comes from: a file, then standard input, then the command line, in that order, each line
 * winning over those before it.
 */
export interface ConfigSources {
  readonly file?: string | undefined;
  /** What was read from standard input, for `-`. */
  readonly input?: string | undefined;
  /** Lines made of `--directive value …`. */
  readonly options?: string | undefined;
}

/** Loads all directives; throws ConfigFileError at the first wrong line. */
export function loadConfiguration(configuration: Configuration, sources: ConfigSources): void {
  const lines = (sources.file === undefined ? '' : readConfigFile(sources.file)) + (sources.input ?? '');
  const loading: Loading = { configuration, places: new Map(), sentinelLines: [] };
  // The command line follows on a line of its own, also where there is nothing before it: so Redis counts.
  loadLines(loading, sources.options ? `${lines}\n${sources.options}` : lines, 0);
  loadSentinelLines(loading);
  refuseMissing(loading);
  refuseUnwritableLog(configuration);
  configuration.file = sources.file;
}

interface Loading {
  readonly configuration: Configuration;
  /** Where each directive was said last. */
  readonly places: Map<string, Place>;
  /** Lines of a sentinel, which are loaded when all have been read: each may be about what a later one names. */
  readonly sentinelLines: { readonly words: readonly string[]; readonly place: Place }[];
}

interface Place {
  readonly number: number;
  readonly line: string;
}

/** How deep files may include others. */
const MAX_INCLUDES = 16;

function loadLines(loading: Loading, text: string, depth: number): void {
  text.split('\n').forEach((untrimmed, i) => {
    const line = untrimmed.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
    if (line === '' || line.startsWith('#')) return;
    const place = { number: i + 1, line };
    naming(place, () => loadLine(loading, place, depth));
  });
}

/** What is wrong is told with the line. */
function naming(place: Place, load: () => void): void {
  try {
    load();
  } catch (error) {
    throw error instanceof DirectiveError ? wrongLine(place, error) : error;
  }
}

function loadSentinelLines({ configuration, sentinelLines }: Loading): void {
  const inOrder = sentinelLines.toSorted((a, b) => stageOf(a.words) - stageOf(b.words));
  for (const { words, place } of inOrder) naming(place, () => configuration.load('sentinel', words));
}

function wrongLine({ number, line }: Place, { message }: DirectiveError): ConfigFileError {
  return new ConfigFileError(
    `${FATAL}\nReading the configuration file, at line ${number}\n>>> '${shown(line)}'\n${message}`,
  );
}

const FATAL = '*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***';

/** What is not there may be asked for by one line and not by a later one. */
function refuseMissing({ configuration, places }: Loading): void {
  let name = '';
  try {
    configuration.refuseMissing((directive) => {
      name = directive;
    });
  } catch (error) {
    const place = places.get(name);
    throw error instanceof DirectiveError && place !== undefined ? wrongLine(place, error) : error;
  }
}

function refuseUnwritableLog(configuration: Configuration): void {
  const file = configuration.get('logfile') ?? '';
  if (file === '') return;
  try {
    appendFileSync(resolve(configuration.get('dir') ?? '', file), '');
  } catch (error) {
    throw new ConfigFileError(`${FATAL}\nCan't open the log file: ${systemReason(error)}`);
  }
}

/** The line as it may be printed: no passwords. */
function shown(line: string): string {
  const name = /^[^ \t]*/.exec(line)![0];
  if (name === line) return line;
  if (/^sentinel\s+(?:auth-pass|sentinel-pass)\b/i.test(line)) return `${name} (redacted)`;
  return isSecretDirective(name) || name.toLowerCase() === 'user' ? `${name} (redacted)` : line;
}

function loadLine(loading: Loading, place: Place, depth: number): void {
  const { configuration } = loading;
  const words = splitWords(place.line);
  if (words === undefined) throw new DirectiveError('Unbalanced quotes in configuration line');
  const [name = '', ...values] = words;
  if (name.toLowerCase() === 'sentinel' && configuration.isSentinel) {
    // By itself it says what is known already.
    if (values.length > 0) loading.sentinelLines.push({ words: values, place });
    return;
  }
  if (name.toLowerCase() !== 'include' || values.length !== 1) {
    configuration.load(name, values);
    loading.places.set(configuration.nameOf(name) ?? name, place);
    return;
  }
  if (depth === MAX_INCLUDES) throw new DirectiveError('Too many included files');
  // As Redis, which has gone to `dir` by then.
  const path = resolve(configuration.get('dir') ?? '', values[0]!);
  loadLines(loading, filesOf(path).map(readConfigFile).join(''), depth + 1);
}

/** A pattern may name no file at all; a name has to be one. */
function filesOf(path: string): readonly string[] {
  return /[*?[]/.test(path) ? globPaths(path) : [path];
}

function readConfigFile(file: string): string {
  try {
    const text = readFileSync(file, 'latin1');
    return text === '' || text.endsWith('\n') ? text : `${text}\n`;
  } catch (error) {
    throw new ConfigFileError(`Fatal error, can't open config file '${file}': ${systemReason(error)}`);
  }
}

/**
 * `--port 7000 --save …` as lines of a configuration file. The word after an option is its value even with dashes in
 * front; an option may hold its value in the same word. `--save` without a value switches snapshots off.
 */
export function optionsToLines(words: readonly string[]): string {
  let lines = '';
  let mayBeOption = true;
  words.forEach((word, i) => {
    if (!mayBeOption || !word.startsWith('--')) {
      lines += ` ${quoted(word)}`;
      mayBeOption = true;
      return;
    }
    lines += `${lines === '' ? '' : '\n'}${word.slice(2)}`;
    mayBeOption = (splitWords(word)?.length ?? 1) > 1;
    const next = words[i + 1];
    if (!mayBeOption && word.toLowerCase() === '--save' && (next === undefined || next.startsWith('--'))) {
      lines += ' ""';
      mayBeOption = true;
    }
  });
  return lines;
}
