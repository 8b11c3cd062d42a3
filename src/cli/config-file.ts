import { existsSync, readFileSync } from 'node:fs';
import { type ConfigReading, loadConfig, readConfig } from '../config/load.js';
import type { Config } from '../config/model.js';
import { option, UsageError } from './command.js';
import type { Terminal } from './terminal.js';

/** Where a configuration is looked for without `-c`, in this order. */
const USUAL_PLACES = ['lookupd.toml', 'config/lookupd.toml', '/etc/lookupd/lookupd.toml'];

const FLAGS = '-c, --config <file>';
const DEFAULT = `(default: $LOOKUPD_CONFIG, or the first of ${USUAL_PLACES.join(', ')})`;

/** `-c FILE`: what every command that needs a configuration declares as its option `config`. */
export const configOption = option.text(FLAGS, `configuration file, "-" for standard input ${DEFAULT}`);

/** The same for a command that reads the file again later. */
export const configFileOption = option.text(FLAGS, `configuration file ${DEFAULT}`);

/** The configuration a command works with. Throws ConfigError with all its problems. */
export function loadCommandConfig(file: string | undefined, terminal: Terminal): Config {
  return loadConfig(configSource(file, terminal), { env: terminal.env, overrides: terminal.env });
}

/** The same without throwing. */
export function readCommandConfig(file: string | undefined, terminal: Terminal): ConfigReading {
  return readConfig(configSource(file, terminal), { env: terminal.env, overrides: terminal.env });
}

/** The file's path, for commands that read it again later (reload). */
export function findConfigFile(file: string | undefined, terminal: Terminal): string {
  const named = file ?? terminal.env['LOOKUPD_CONFIG'];
  if (named !== undefined && named !== '') return named;
  const found = USUAL_PLACES.find((place) => existsSync(place));
  if (found === undefined)
    throw new UsageError(`no configuration: give -c FILE, or make one of ${USUAL_PLACES.join(', ')}`);
  return found;
}

function configSource(file: string | undefined, terminal: Terminal) {
  return file === '-' ? { text: readFileSync(0, 'utf8') } : findConfigFile(file, terminal);
}
