import type { LogLevel } from '../server-options.js';
import type { InstanceAddress } from './address.js';
import type { Instance } from './instance.js';
import type { Sentinel } from './sentinel.js';

/**
 * What happens is logged, published on the channel of the event's name (debugging apart) and, when it is of weight
 * (`warning`), told to the primary's notification script.
 */
export class Events {
  constructor(private readonly sentinel: Sentinel) {}

  /** About an instance: its type, name and address, and those of its primary, come first. */
  about(level: LogLevel, event: string, instance: Instance, more = ''): void {
    const rest = more === '' ? '' : ` ${more}`;
    this.tell(level, event, `${this.describe(instance)}${rest}`, instance);
  }

  /** In words of its own; `instance` is whose script is to know. */
  tell(level: LogLevel, event: string, text: string, instance?: Instance): void {
    const { server, scripts } = this.sentinel;
    server.log(level, `${event} ${text}`);
    if (level !== 'debug') server.pubsub.publish(event, text);
    const script = instance?.primary.notificationScript;
    if (level === 'warning' && script !== undefined) scripts.schedule([script, event, text]);
  }

  /** The address as it is told to others; the name while it stands for none. */
  announced({ host, ip }: InstanceAddress): string {
    return this.sentinel.settings.announceHostnames || ip === '' ? host : ip;
  }

  private describe(instance: Instance): string {
    const own = `${instance.kind} ${this.nameAndPlace(instance)}`;
    return instance.kind === 'master' ? own : `${own} @ ${this.nameAndPlace(instance.primary)}`;
  }

  private nameAndPlace({ name, address }: Instance): string {
    return `${name} ${this.announced(address)} ${address.port}`;
  }
}
