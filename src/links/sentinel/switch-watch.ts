import { Subscriptions } from '../wire/subscriptions.js';
import type { LinkContext, Target } from '../wire/target.js';

/**
 * Events after which a Sentinel names another primary, or other replicas. `+promoted-slave` is told by the one that
 * leads a failover, a while before its `+switch-master`; the names are those of Redis 7.
 */
const CHANNELS = ['+switch-master', '+promoted-slave', '+slave', '+sdown', '-sdown'];

/** After how long a subscription that nobody confirmed is asked for again. */
const PATIENCE_MS = 60_000;

/**
 * Listens to a Sentinel for events about one primary, and to the next when the connection is lost. Where Sentinels
 * let nobody subscribe, changes are noticed by asking them.
 */
export class SwitchWatch {
  readonly #subscriptions: Subscriptions;
  #state: 'idle' | 'watching' | 'closed' = 'idle';

  constructor(
    private readonly name: string,
    chooseTarget: () => Target,
    private readonly context: LinkContext,
    private readonly changed: () => void,
  ) {
    this.#subscriptions = new Subscriptions(chooseTarget, context);
  }

  start(): void {
    if (this.#state !== 'idle') return;
    this.#state = 'watching';
    for (const channel of CHANNELS) void this.#subscribe(channel);
  }

  close(): void {
    this.#state = 'closed';
    this.#subscriptions.close();
  }

  async #subscribe(channel: string): Promise<void> {
    while (this.#state === 'watching') {
      const deadline = this.context.clock.now() + PATIENCE_MS;
      const subscribed = this.#subscriptions.subscribe(channel, (message) => this.#heard(message), { deadline });
      if (
        await subscribed.then(
          () => true,
          () => false,
        )
      )
        return;
    }
  }

  /** `mymaster 192.0.2.1 6379 192.0.2.2 6379`, or `slave 192.0.2.3:6379 192.0.2.3 6379 @ mymaster 192.0.2.1 6379`. */
  #heard(message: Buffer): void {
    const words = message.toString().split(' ');
    const primary = words[0] === 'master' ? words[1] : (words[words.indexOf('@') + 1] ?? '');
    if (primary === this.name) this.changed();
  }
}
