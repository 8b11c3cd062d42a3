import type { Config } from '../../config/model.js';
import { didYouMean } from '../../config/suggestion.js';
import type { HarakaConfig } from './haraka.js';

/** `config/lookupd.ini`: which maps and policies of lookupd's configuration Haraka asks, and where that is. */
export interface HarakaSettings {
  /** The TOML file, from Haraka's configuration folder. */
  readonly config: string;
  readonly rcpt: {
    /** The map of domains whose recipients are ours; undefined: any may be. */
    readonly domains: string | undefined;
    /** The map of recipients. */
    readonly map: string | undefined;
    readonly policies: readonly string[];
  };
  readonly data: { readonly policies: readonly string[] };
}

export const INI = 'lookupd.ini';

const KNOWN: Readonly<Record<string, readonly string[]>> = {
  main: ['config'],
  rcpt: ['domains', 'map', 'policies'],
  data: ['policies'],
};

/** Throws Error for what means nothing: it would be missed otherwise. */
export function readSettings(config: HarakaConfig): HarakaSettings {
  const sections = config.get(INI);
  for (const [section, values] of Object.entries(sections)) {
    const known = KNOWN[section];
    if (known === undefined) throw wrong(`unknown section [${section}]`, didYouMean(section, Object.keys(KNOWN)));
    const unknown = Object.keys(values).find((key) => !known.includes(key));
    if (unknown !== undefined) throw wrong(`unknown key "${unknown}" of [${section}]`, didYouMean(unknown, known));
  }
  const text = (section: string, key: string) => {
    const value = sections[section]?.[key];
    return value === undefined || value === null || value === '' ? undefined : String(value);
  };
  const policies = (section: string) =>
    text(section, 'policies')
      ?.split(/[\s,]+/)
      .filter((name) => name !== '') ?? [];
  return {
    config: text('main', 'config') ?? 'lookupd.toml',
    rcpt: { domains: text('rcpt', 'domains'), map: text('rcpt', 'map'), policies: policies('rcpt') },
    data: { policies: policies('data') },
  };
}

/** What the settings name: all that need be opened. Throws Error for what the configuration does not have. */
export function namesOf({ rcpt, data }: HarakaSettings, { file, maps, policies }: Config) {
  const asked = {
    maps: [rcpt.domains, rcpt.map].filter((name) => name !== undefined),
    policies: [...rcpt.policies, ...data.policies],
  };
  if (asked.maps.length + asked.policies.length === 0) throw wrong('names neither a map nor a policy');
  for (const [kind, names, known] of [
    ['map', asked.maps, maps],
    ['policy', asked.policies, policies],
  ] as const) {
    const missing = names.find((name) => !known.has(name));
    if (missing !== undefined) throw wrong(`${file} has no ${kind} "${missing}"`, didYouMean(missing, known.keys()));
  }
  return asked;
}

function wrong(what: string, hint?: string): Error {
  return new Error(`${INI}: ${what}${hint === undefined ? '' : `: ${hint}`}`);
}
