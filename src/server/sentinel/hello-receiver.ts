import { sameAddress } from './address.js';
import { type Hello, parseHello } from './hello.js';
import type { OtherSentinel, Primary } from './instance.js';
import type { Sentinel } from './sentinel.js';

/** Takes what other sentinels tell of themselves and of the primary, by a server's channel or at once. */
export class HelloReceiver {
  constructor(private readonly sentinel: Sentinel) {}

  receive(text: string): void {
    const hello = parseHello(text);
    const primary = hello && this.sentinel.primaries.get(hello.primaryName);
    if (hello === undefined || primary === undefined) return;
    const sender = this.find(primary, hello) ?? this.add(primary, hello);
    this.noteEpoch(primary, hello.currentEpoch);
    if (sender === undefined) return;
    this.noteConfiguration(primary, sender, hello);
    sender.helloAt = this.sentinel.now;
  }

  private find(primary: Primary, { id, ip, port }: Hello): OtherSentinel | undefined {
    const known = primary.sentinels.get(id);
    const address = this.sentinel.resolve(ip, port, true);
    return known !== undefined && address !== undefined && sameAddress(known.address, address) ? known : undefined;
  }

  /** A sentinel that is new, or has moved. One of another name that was at its address is there no more. */
  private add(primary: Primary, { id, ip, port }: Hello): OtherSentinel | undefined {
    const { sentinel } = this;
    const { events } = sentinel;
    const address = sentinel.resolve(ip, port, true);
    const hasMoved = sentinel.removeSentinel(primary, id);
    if (hasMoved) events.about('notice', '+sentinel-address-switch', primary, `ip ${ip} port ${port} for ${id}`);
    if (address === undefined) return undefined;
    const other = hasMoved
      ? undefined
      : [...primary.sentinels.values()].find((one) => sameAddress(one.address, address));
    if (other !== undefined) {
      events.about('notice', '+sentinel-invalid-addr', other);
      for (const each of sentinel.primaries.values()) sentinel.removeSentinel(each, other.runId);
    }
    const added = sentinel.addSentinel(primary, id, address);
    if (hasMoved) this.moveEverywhere(added);
    else events.about('notice', '+sentinel', added);
    sentinel.save();
    return added;
  }

  private moveEverywhere(moved: OtherSentinel): void {
    const { primaries, events } = this.sentinel;
    const others = [...primaries.values()].flatMap(({ sentinels }) => sentinels.get(moved.runId) ?? []);
    for (const other of others) {
      other.link.drop();
      other.address = moved.address;
    }
    const count = others.filter((other) => other !== moved).length;
    if (count === 0) return;
    events.about('notice', '+sentinel-address-update', moved, `${count} additional matching instances`);
  }

  private noteEpoch(primary: Primary, epoch: number): void {
    const { sentinel } = this;
    if (epoch <= sentinel.currentEpoch) return;
    sentinel.currentEpoch = epoch;
    sentinel.save();
    sentinel.events.tell('warning', '+new-epoch', String(epoch), primary);
  }

  /** Who has been told of a later failover knows better who the primary is. */
  private noteConfiguration(primary: Primary, sender: OtherSentinel, hello: Hello): void {
    const { sentinel } = this;
    const { primaryHost, primaryPort, configEpoch } = hello;
    if (primary.configEpoch >= configEpoch) return;
    if (primaryPort === primary.address.port && sentinel.isHost(primary.address, primaryHost)) {
      primary.configEpoch = configEpoch;
      return;
    }
    const address = sentinel.resolve(primaryHost, primaryPort);
    // Its name is being looked up: the next hello is understood.
    if (address === undefined) return;
    primary.configEpoch = configEpoch;
    sentinel.events.about('warning', '+config-update-from', sender);
    sentinel.tellOfSwitch(primary, primaryHost, primaryPort);
    const before = primary.address;
    sentinel.switchTo(primary, address);
    sentinel.runReconfigurationScript(primary, 'observer', before, address);
  }
}
