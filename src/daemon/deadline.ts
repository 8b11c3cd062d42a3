import type { Config, StoreConfig } from '../config/model.js';

/** A whole call to a store when the configuration does not say: below the patience of every mail server. */
export const DAEMON_DEADLINE = 4_000;

/** A configuration whose stores are as patient as in the daemon. */
export function asPatientAsDaemon(config: Config): Config {
  const patient = (store: StoreConfig) => ({ ...store, deadline: store.deadline ?? DAEMON_DEADLINE });
  return { ...config, stores: new Map([...config.stores].map(([id, store]) => [id, patient(store)])) };
}
