/** Milliseconds; SENTINEL DEBUG changes them while the server runs. */
export interface Timing {
  infoPeriod: number;
  pingPeriod: number;
  askPeriod: number;
  publishPeriod: number;
  defaultDownAfter: number;
  defaultFailoverTimeout: number;
  tiltTrigger: number;
  tiltPeriod: number;
  replicaReconfTimeout: number;
  minLinkReconnectPeriod: number;
  electionTimeout: number;
  scriptMaxRuntime: number;
  scriptRetryDelay: number;
  /** INFO of replicas whose primary is down or gives way; SENTINEL DEBUG does not know it. */
  urgentInfoPeriod: number;
  /** Failovers begin up to so much later, so that sentinels do not all stand at once; neither does it know this. */
  maxDesync: number;
}

export function defaultTiming(): Timing {
  return {
    infoPeriod: 10_000,
    pingPeriod: 1000,
    askPeriod: 1000,
    publishPeriod: 2000,
    defaultDownAfter: 30_000,
    defaultFailoverTimeout: 180_000,
    tiltTrigger: 2000,
    tiltPeriod: 30_000,
    replicaReconfTimeout: 10_000,
    minLinkReconnectPeriod: 15_000,
    electionTimeout: 10_000,
    scriptMaxRuntime: 60_000,
    scriptRetryDelay: 30_000,
    urgentInfoPeriod: 1000,
    maxDesync: 1000,
  };
}

/** By the words of SENTINEL DEBUG, in the order in which it lists them. */
export const TIMING_WORDS: Readonly<Record<string, keyof Timing>> = {
  'info-period': 'infoPeriod',
  'ping-period': 'pingPeriod',
  'ask-period': 'askPeriod',
  'publish-period': 'publishPeriod',
  'default-down-after': 'defaultDownAfter',
  'default-failover-timeout': 'defaultFailoverTimeout',
  'tilt-trigger': 'tiltTrigger',
  'tilt-period': 'tiltPeriod',
  'slave-reconf-timeout': 'replicaReconfTimeout',
  'min-link-reconnect-period': 'minLinkReconnectPeriod',
  'election-timeout': 'electionTimeout',
  'script-max-runtime': 'scriptMaxRuntime',
  'script-retry-delay': 'scriptRetryDelay',
};
