import type { StoreErrorCode } from '../../../src/core/errors.js';
import { seededRandom } from '../../../src/core/random.js';
import type { Link } from '../../../src/links/link.js';
import { LinkStore, type LinkStoreConfig } from '../../../src/stores/link-store.js';
import type { StoreObserver } from '../../../src/stores/observer.js';
import { ManualClock } from '../../../src/testing/clock.js';
import { FakeLink } from '../../harness/fake-link.js';

export const plainConfig: LinkStoreConfig = {
  id: 'test',
  timeout: 1_000,
  deadline: 4_000,
  retry: { total: 3, minWait: 50, maxWait: 1_000 },
  breaker: { failures: 5, openFor: 2_000 },
  keyPrefix: '',
};

/** Remembers what a store told, in words. */
export class Told implements StoreObserver {
  readonly lines: string[] = [];

  ended(operation: string, outcome: 'ok' | StoreErrorCode, count: number): void {
    this.lines.push(`${operation} ${outcome} ${count}`);
  }

  retried(operation: string, reason: StoreErrorCode): void {
    this.lines.push(`${operation} again after ${reason}`);
  }

  breakerChanged(node: string, state: string): void {
    this.lines.push(`${node} ${state}`);
  }
}

interface FakeStore<L extends Link> {
  readonly store: LinkStore;
  readonly link: L;
  readonly clock: ManualClock;
  readonly told: Told;
}

export function fakeStore(config?: Partial<LinkStoreConfig>): FakeStore<FakeLink>;
export function fakeStore(
  config: Partial<LinkStoreConfig>,
  link: undefined,
  observer: Partial<StoreObserver>,
): FakeStore<FakeLink>;
export function fakeStore<L extends Link>(config: Partial<LinkStoreConfig>, link: L): FakeStore<L>;
export function fakeStore(
  config: Partial<LinkStoreConfig> = {},
  link: Link = new FakeLink(),
  observer: Partial<StoreObserver> = {},
): FakeStore<Link> {
  const clock = new ManualClock();
  const told = Object.assign(new Told(), observer);
  const random = seededRandom(1);
  const store = new LinkStore(link, { ...plainConfig, ...config }, { clock, random, observer: told });
  return { store, link, clock, told };
}
