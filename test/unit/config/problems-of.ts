import type { ConfigHost } from '../../../src/config/host.js';
import { type ConfigOptions, readConfig } from '../../../src/config/load.js';
import type { Config, StoreConfig } from '../../../src/config/model.js';

/** A machine with these files and variables and nothing else. */
export function machine(
  files: Readonly<Record<string, string>> = {},
  env: Readonly<Record<string, string>> = {},
  modes: Readonly<Record<string, number>> = {},
): ConfigHost {
  return {
    env,
    readFile(path) {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error('gone'), { code: 'ENOENT' });
      return text;
    },
    fileMode: (path) => modes[path],
  };
}

/** The problems of a text, as "line:column severity: message". */
export function problemsOf(text: string, options: ConfigOptions = machine()): string[] {
  return readConfig({ text }, options).problems.map((p) => `${p.line}:${p.column} ${p.severity}: ${p.message}`);
}

/** The hint of the first problem. */
export function hintOf(text: string): string | undefined {
  return readConfig({ text }, machine()).problems[0]?.hint;
}

/** The configuration, with what is wrong in the failure's message. */
export function configOf(text: string, options: ConfigOptions = machine()): Config {
  const { config, problems } = readConfig({ text, file: '/etc/lookupd.toml' }, options);
  if (config === undefined) throw new Error(problems.map((p) => `${p.line}:${p.column} ${p.message}`).join('\n'));
  return config;
}

/** The one store of a section's lines. */
export function storeOf(lines: string, options?: ConfigOptions): StoreConfig {
  return [...configOf(`[store.s]\n${lines}`, options).stores.values()][0]!;
}
