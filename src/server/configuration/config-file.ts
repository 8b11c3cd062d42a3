import { readFileSync } from 'node:fs';
import { splitWords } from '../../resp/request-decoder.js';
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
  const files = [sources.file === undefined ? '' : readConfigFile(sources.file), sources.input ?? ''];
  const lines = files.filter((text) => text !== '').join('\n');
  // The command line follows on a line of its own, also where there is nothing before it: so Redis counts.
  loadLines(configuration, sources.options ? `${lines}\n${sources.options}` : lines, 0);
  configuration.file = sources.file;
}

/** How deep files may include others. */
const MAX_INCLUDES = 16;

function loadLines(configuration: Configuration, text: string, depth: number): void {
  text.split('\n').forEach((line, i) => {
    const trimmed = line.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '');
    if (trimmed === '' || trimmed.startsWith('#')) return;
    try {
      loadLine(configuration, trimmed, depth);
    } catch (error) {
      if (!(error instanceof DirectiveError)) throw error;
      throw new ConfigFileError(
        `*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***\nReading the configuration file, at line ${i + 1}\n>>> '${shown(trimmed)}'\n${error.message}`,
      );
    }
  });
}

/** The line as it may be printed: no passwords. */
function shown(line: string): string {
  const name = /^[^ \t]*/.exec(line)![0];
  return isSecretDirective(name) || name.toLowerCase() === 'user' ? `${name} (redacted)` : line;
}

function loadLine(configuration: Configuration, line: string, depth: number): void {
  const words = splitWords(line);
  if (words === undefined) throw new DirectiveError('Unbalanced quotes in configuration line');
  const [name = '', ...values] = words;
  if (name.toLowerCase() !== 'include' || values.length !== 1) {
    configuration.load(name, values);
    return;
  }
  if (depth === MAX_INCLUDES) throw new DirectiveError('Too many included files');
  loadLines(configuration, readConfigFile(values[0]!), depth + 1);
}

function readConfigFile(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch (error) {
    throw new ConfigFileError(`Fatal error, can't open config file '${file}': ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' ? 'No such file or directory' : code === 'EACCES' ? 'Permission denied' : message;
}

/** A line's words; undefined for comments, blank and broken lines. */
export function parseLine(line: string): string[] | undefined {
  const trimmed = line.trim();
  if (trimmed === '' || trimmed.startsWith('#')) return undefined;
  return splitWords(trimmed);
}

/** A word as a configuration line may hold it: quoted where it has to be. */
export function quoteWord(word: string): string {
  return /^[!#-&(-[\]-~]+$/.test(word) ? word : quoted(word);
}

function quoted(word: string): string {
  const escaped = word.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r').replace(/\t/g, '\\t');
  return `"${escaped}"`;
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
