import { Excerpts } from './excerpt.js';
import { type ConfigHost, FileUnreadable, readText, systemHost } from './host.js';
import { Macros } from './language/macros.js';
import type { Config, Problem } from './model.js';
import { applyOverrides } from './overrides.js';
import { ConfigError, Report } from './problem.js';
import { readRoot } from './reading/root.js';
import { readWhatIsReadable } from './recovery.js';

/** A file to read, or a text; `file` then names it in messages and is where relative paths count from. */
export type ConfigSource = string | { readonly text: string; readonly file?: string };

/** Parts of the machine to replace: the environment, how files are read, who can read them. */
export interface ConfigOptions extends Partial<ConfigHost> {
  /** Variables named LOOKUPD_<section>__<key> set keys, over the file: see overrides.ts. None by default. */
  readonly overrides?: ConfigHost['env'];
}

export interface ConfigReading {
  /** Undefined when there is an error. */
  readonly config: Config | undefined;
  /** Errors and warnings, in the order of the file. */
  readonly problems: readonly Problem[];
}

/**
 * Reads a configuration. Durations are milliseconds then, sizes bytes, defaults filled in and secrets
 * wrapped. Throws ConfigError with every problem found when there is an error; warnings alone are in
 * `config.warnings`.
 */
export function loadConfig(source: ConfigSource, options: ConfigOptions = {}): Config {
  const { config, problems } = readConfig(source, options);
  if (config === undefined) throw new ConfigError(problems);
  return config;
}

/** The same without throwing, for whoever shows the problems. */
export function readConfig(source: ConfigSource, options: ConfigOptions = {}): ConfigReading {
  const host: ConfigHost = {
    env: options.env ?? systemHost.env,
    readFile: options.readFile ?? systemHost.readFile,
    fileMode: options.fileMode ?? systemHost.fileMode,
  };
  const read = (text: string, file: string, path: string | undefined) =>
    readConfigText(text, file, path, host, options.overrides ?? {});
  if (typeof source !== 'string') return read(source.text, source.file ?? '<text>', source.file);
  try {
    return read(readText(host, source), source, source);
  } catch (error) {
    if (!(error instanceof FileUnreadable)) throw error;
    return failed({
      severity: 'error',
      message: `cannot read the file: ${error.reason}`,
      file: source,
      line: 1,
      column: 1,
    });
  }
}

function readConfigText(
  written: string,
  file: string,
  path: string | undefined,
  host: ConfigHost,
  overrides: ConfigHost['env'],
): ConfigReading {
  const text = written.replace(/^\ufeff/, '');
  const { root, problems: unreadable, complete, unread } = readWhatIsReadable(text);
  const report = new Report(file, new Excerpts(text, root, unreadable.length > 0 ? unread : undefined));
  for (const { at, message, hint } of unreadable) report.error(at, message, hint);
  applyOverrides(root, overrides, host, report);
  const macros = new Macros(root, path ?? '', host, report);
  const parts = readRoot({ report, macros, host, path, complete }, root);
  const problems = report.sorted();
  return { config: report.hasErrors ? undefined : { file, ...parts, warnings: problems }, problems };
}

function failed(problem: Problem): ConfigReading {
  return { config: undefined, problems: [problem] };
}
