import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.js';
import type { Config } from '../../../src/config/model.js';
import { Secret } from '../../../src/config/secret.js';
import { packConfig, unpackConfig } from '../../../src/config/transfer.js';

/** Everything is the same on the other side, as far as anybody can tell. */

const FOLDER = path.resolve(import.meta.dirname, '../../../config/examples');
const EXAMPLES = readdirSync(FOLDER).filter((name) => name.endsWith('.toml'));

function load(name: string): Config {
  const text = readFileSync(path.join(FOLDER, name), 'utf8');
  const env = new Proxy<Record<string, string>>({}, { get: () => 'secret' });
  return loadConfig(
    { text, file: name },
    { env, fileMode: () => 0o600, readFile: () => '-----BEGIN CERTIFICATE-----\nof a file' },
  );
}

/** What `toEqual` cannot see in a secret. */
function shown(value: unknown): unknown {
  if (value instanceof Secret) return { revealed: value.reveal() };
  if (value instanceof Map) return new Map([...value].map(([key, one]) => [key, shown(one)]));
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shown(one)]));
}

test('there are examples', () => {
  expect(EXAMPLES.length).toBeGreaterThan(3);
});

test.each(EXAMPLES)('%s', (name) => {
  const config = load(name);
  expect(shown(unpackConfig(packConfig(config)))).toEqual(shown(config));
});

test('secrets, and entries that users named as they liked', () => {
  const text = `[store.s]\ntype = "redis"\nurl = "redis://u:hunter2@h"\n[lookup.l]\n"$map" = "1"\n"$secret" = "2"\n"" = "3"\n`;
  const config = loadConfig({ text });
  const packed = packConfig(config);
  expect(packed).toContain('hunter2');
  expect(shown(unpackConfig(packed))).toEqual(shown(config));
});
