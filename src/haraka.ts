/**
 * `lookupd/haraka`: a plugin of Haraka 3 that knows recipients and asks policies. In `plugins/lookupd.js`:
 *
 *     Object.assign(exports, require('lookupd/haraka'));
 *
 * `config/lookupd.ini` says which maps and policies of `config/lookupd.toml` are asked. Every process of Haraka opens
 * its own stores.
 */
import { resolve } from 'node:path';
import { loadConfig } from './config/load.js';
import type { Config } from './config/model.js';
import { sleep, systemClock } from './core/clock.js';
import { asPatientAsDaemon } from './daemon/deadline.js';
import { type Lookups, openLookups, reducedTo } from './daemon/open-lookups.js';
import {
  type HarakaAddress,
  type HarakaConnection,
  type HarakaPlugin,
  HookAnswer,
  type Next,
} from './frontends/haraka/haraka.js';
import { type Answer, HarakaHooks } from './frontends/haraka/hooks.js';
import { Opening } from './frontends/haraka/opening.js';
import { type HarakaSettings, namesOf, readSettings } from './frontends/haraka/settings.js';
import type { StoreDependencies } from './stores/factory.js';

/** How long lists that are fetched may hold up Haraka's start, in milliseconds; after that hooks wait for them. */
const START_WAIT = 5_000;

/** Called by Haraka, with the plugin as `this`. Throws, which ends Haraka, where the configuration is wrong. */
export function register(this: HarakaPlugin): void {
  const settings = readSettings(this.config);
  const config = readConfig(this, settings);
  const lookups = new Opening<Lookups>(() => openLookups(config, { log: logOf(this) }), systemClock);
  const hooks = new HarakaHooks(this, settings, () => lookups.open());
  Object.assign(this, {
    open_lookups: (next: Next) => void startedBy(lookups.open()).then((failure) => next(...failure)),
    check_recipient: (next: Next, connection: HarakaConnection, [recipient]: readonly [HarakaAddress]) =>
      void hooks.rcpt(connection, recipient).then(tell(next)),
    check_mail: (next: Next, connection: HarakaConnection) => void hooks.data(connection).then(tell(next)),
    shutdown: () => void lookups.close(),
  });
  this.register_hook('init_master', 'open_lookups');
  this.register_hook('init_child', 'open_lookups');
  this.register_hook('rcpt', 'check_recipient');
  this.register_hook('data', 'check_mail');
}

/** Reduced to what the settings name, so that nothing else is opened. */
function readConfig(plugin: HarakaPlugin, settings: HarakaSettings): Config {
  const { root_path, overrides_path = root_path } = plugin.config;
  const config = loadConfig(resolve(overrides_path, settings.config));
  for (const { file, line, message } of config.warnings) plugin.logwarn(`${file}:${line}: ${message}`);
  return asPatientAsDaemon(reducedTo(config, namesOf(settings, config)));
}

/** What Haraka is told when the lookups are open, or are not within its patience. */
async function startedBy(opening: Promise<Lookups>): Promise<Parameters<Next>> {
  const opened = opening.then(
    (): Parameters<Next> => [],
    (error: unknown): Parameters<Next> => [HookAnswer.deny, `lookupd: ${(error as Error).message}`],
  );
  return await Promise.race([opened, sleep(systemClock, START_WAIT).then((): Parameters<Next> => [])]);
}

function tell(next: Next): (answer: Answer) => void {
  return ({ answer, text }) => next(answer, text);
}

function logOf(plugin: HarakaPlugin): NonNullable<StoreDependencies['log']> {
  const line = (details: object, message: string) => `${message} ${JSON.stringify(details)}`;
  return {
    info: (details, message) => plugin.loginfo(line(details, message)),
    warn: (details, message) => plugin.logwarn(line(details, message)),
  };
}
