import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

/**
 * What host names stand for. Redis stops until a name is resolved; here a name is known only once `learn` has ended, and
 * whoever cannot wait goes by what was known last, which is asked for anew.
 */
export class HostNames {
  private readonly known = new Map<string, string>();
  private readonly asked = new Map<string, Promise<string | undefined>>();

  /** The address; undefined where it is not known, or `host` is a name and names are not to be resolved. */
  find(host: string, resolves: boolean): string | undefined {
    if (isIP(host) !== 0) return host;
    if (!resolves) return undefined;
    void this.learn(host);
    return this.known.get(host.toLowerCase());
  }

  /** Asks the system's resolver; undefined when it does not know. */
  learn(host: string): Promise<string | undefined> {
    if (isIP(host) !== 0) return Promise.resolve(host);
    const name = host.toLowerCase();
    const asked = this.asked.get(name) ?? this.ask(name).finally(() => this.asked.delete(name));
    this.asked.set(name, asked);
    return asked;
  }

  private async ask(name: string): Promise<string | undefined> {
    try {
      // Redis's own order: what the system puts first.
      const { address } = await lookup(name, { verbatim: true });
      if (this.known.size >= MOST_NAMES) this.known.clear();
      this.known.set(name, address);
      return address;
    } catch {
      return undefined;
    }
  }
}

/** Names come from other servers, too. */
const MOST_NAMES = 1000;
