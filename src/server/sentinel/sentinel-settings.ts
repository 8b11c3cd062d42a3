/** What holds for all primaries; '' and 0 where it is not told. */
export interface SentinelSettings {
  announceIp: string;
  announcePort: number;
  /** SENTINEL SET may not name scripts. */
  deniesScripts: boolean;
  /** For other sentinels. */
  user: string;
  password: string;
  resolveHostnames: boolean;
  announceHostnames: boolean;
}

export function defaultSentinelSettings(): SentinelSettings {
  return {
    announceIp: '',
    announcePort: 0,
    deniesScripts: true,
    user: '',
    password: '',
    resolveHostnames: false,
    announceHostnames: false,
  };
}
