import type { Config } from './model.js';
import { Secret } from './secret.js';

/**
 * A configuration as text for another process of ours, and back: what was read once is not read again, by others or
 * with other rights. It holds the secrets, so it goes through nothing that others can read.
 *
 * A model that gets values other than plain data, maps and secrets needs them here.
 */
export function packConfig(config: Config): string {
  return JSON.stringify(config, function (this: Record<string, unknown>, name: string, value: unknown) {
    // Secrets have hidden themselves in `value` already.
    const original = this[name];
    if (original instanceof Secret) return { [SECRET]: original.reveal() };
    return value instanceof Map ? { [MAP]: [...value] } : value;
  });
}

export function unpackConfig(text: string): Config {
  return JSON.parse(text, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value;
    if (MAP in value) return new Map(value[MAP] as [unknown, unknown][]);
    return SECRET in value ? new Secret(value[SECRET] as string) : value;
  }) as Config;
}

/** Names that no part of the model has: those that users choose are keys of maps. */
const MAP = '$map';
const SECRET = '$secret';
