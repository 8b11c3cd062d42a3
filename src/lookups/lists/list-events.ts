/** What a list tells about its loads; the daemon counts and logs it. No method may throw. */
export interface ListEvents {
  /** Something was loaded; `leftOut` lines of it mean nothing. */
  loaded(list: string, entries: number, leftOut: number): void;
  /** It was asked for, and is what it was. */
  unchanged(list: string): void;
  /** What was loaded before stays. The reason holds no key, no value and no URL. */
  failed(list: string, reason: string): void;
}

export const silentListEvents: ListEvents = { loaded: () => {}, unchanged: () => {}, failed: () => {} };
