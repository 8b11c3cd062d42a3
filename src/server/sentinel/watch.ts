import type { ByteString } from '../../resp/args.js';
import { ReplyError } from '../../resp/reply.js';
import { SentinelConnection, type SentinelReply } from './connection.js';
import { formatHello, HELLO_CHANNEL } from './hello.js';
import { commandName, type Instance, OtherSentinel, type Primary, Replica } from './instance.js';
import type { Sentinel } from './sentinel.js';

/** Keeps the connections to all instances, and asks and tells each of them what is due: PING, INFO, and a hello. */
export class Watch {
  constructor(private readonly sentinel: Sentinel) {}

  /** At most once in a ping period. */
  reconnect(instance: Instance): void {
    const { sentinel } = this;
    const { now, timing } = sentinel;
    const { link, address } = instance;
    if (!link.isDisconnected || address.port === 0 || now - link.triedAt < timing.pingPeriod) return;
    link.triedAt = now;
    if (link.commands === undefined) {
      sentinel.resolveAgain(instance);
      link.commands = this.connect(instance, 'cmd');
      if (link.commands !== undefined) this.ping(instance);
    }
    if (link.wantsMessages) this.listen(instance);
  }

  /** What is due by now. */
  sendPeriodic(instance: Instance): void {
    const { now, timing } = this.sentinel;
    const { link, primary } = instance;
    if (link.isDisconnected || link.pending >= MOST_PENDING * link.users) return;
    if (!(instance instanceof OtherSentinel) && this.wantsInfo(instance)) this.askInfo(instance);
    const period = Math.min(primary.downAfter, timing.pingPeriod);
    if (now - link.pongAt > period && now - link.pingSentAt > period / 2) this.ping(instance);
    if (now - instance.publishedAt > timing.publishPeriod) this.announce(instance);
  }

  askInfo(instance: Primary | Replica): void {
    this.ask(instance, ['INFO'], (reply) => {
      if (typeof reply === 'string') this.sentinel.infoReceiver.receive(instance, reply);
    });
  }

  /** All that know the primary hear at once who it is now. */
  announceSoon(primary: Primary): void {
    for (const instance of [primary, ...primary.replicas.values(), ...primary.sentinels.values()]) {
      instance.publishedAt = 0;
    }
  }

  /** SENTINEL IS-MASTER-DOWN-BY-ADDR: during a failover it asks for a vote as well. */
  askIfDown(other: OtherSentinel): void {
    const { sentinel } = this;
    const { primary } = other;
    const place = [sentinel.events.announced(primary.address), String(primary.address.port)];
    const candidate = primary.failoverState === 'none' ? '*' : sentinel.myId;
    const words = ['SENTINEL', 'is-master-down-by-addr', ...place, String(sentinel.currentEpoch), candidate];
    this.ask(other, words, (reply) => this.takeVerdict(other, reply));
  }

  private takeVerdict(other: OtherSentinel, reply: SentinelReply): void {
    if (!Array.isArray(reply) || reply.length !== 3) return;
    const [isDown, leader, epoch] = reply as readonly SentinelReply[];
    if (typeof isDown !== 'number' || typeof leader !== 'string' || typeof epoch !== 'number') return;
    const { server, now } = this.sentinel;
    other.primaryDownSaidAt = now;
    if (isDown === 1) other.flags.add('master_down');
    else other.flags.delete('master_down');
    if (leader === '*') return;
    if (other.leaderEpoch !== epoch) server.log('warning', `${other.name} voted for ${leader} ${epoch}`);
    other.leader = leader;
    other.leaderEpoch = epoch;
  }

  private connect(instance: Instance, kind: 'cmd' | 'pubsub'): SentinelConnection | undefined {
    const { sentinel } = this;
    const { link, address } = instance;
    if (address.ip === '') return undefined;
    let connection: SentinelConnection;
    try {
      connection = new SentinelConnection(sentinel.server, address, (ended) => link.lost(ended));
    } catch (error) {
      const event = `-${kind}-link-reconnection`;
      sentinel.events.about('debug', event, instance, `#${(error as Error).message}`);
      return undefined;
    }
    const name = (command: string) => commandName(instance, command);
    const credentials = this.credentials(instance);
    if (credentials.length > 0) connection.send([name('AUTH'), ...credentials], () => undefined);
    connection.send([name('CLIENT'), 'SETNAME', `sentinel-${sentinel.myId.slice(0, 8)}-${kind}`], () => undefined);
    return connection;
  }

  private listen(instance: Instance): void {
    const { sentinel } = this;
    const { link } = instance;
    const connection = this.connect(instance, 'pubsub');
    if (connection === undefined) return;
    const heard = () => {
      link.lastMessageAt = sentinel.now;
    };
    connection.onMessage = (reply) => {
      heard();
      const [, , text] = reply as readonly SentinelReply[];
      // What this sentinel has said itself comes back.
      if (typeof text === 'string' && !text.includes(sentinel.myId)) sentinel.helloReceiver.receive(text);
    };
    connection.send([commandName(instance, 'SUBSCRIBE'), HELLO_CHANNEL], (reply) => {
      // A connection that hears nothing is of no use: it is made anew, with the password of then.
      if (reply instanceof ReplyError) link.dropMessages();
      else heard();
    });
    link.messages = connection;
  }

  /** Sentinels share the password that they ask for themselves, unless told another one. */
  private credentials(instance: Instance): readonly ByteString[] {
    const { settings, server } = this.sentinel;
    const { primary } = instance;
    const own = instance instanceof OtherSentinel;
    const password = own ? settings.password || server.settings.password : primary.password;
    const user = own ? (settings.password === '' ? '' : settings.user) : primary.user;
    if (!password) return [];
    return user ? [user, password] : [password];
  }

  private wantsInfo(instance: Primary | Replica): boolean {
    const { now, timing } = this.sentinel;
    const { primary, infoAt } = instance;
    const isUrgent =
      instance instanceof Replica &&
      (primary.is('o_down') || primary.isInFailover || instance.primaryLinkDownFor !== 0);
    const period = isUrgent ? Math.min(timing.urgentInfoPeriod, timing.infoPeriod) : timing.infoPeriod;
    return infoAt === 0 || now - infoAt > period;
  }

  private ping(instance: Instance): void {
    const { link } = instance;
    const { now } = this.sentinel;
    link.pingSentAt = now;
    if (link.pingPendingSince === 0) link.pingPendingSince = now;
    // Of the link, whoever uses it: it is answered also when this instance is not watched any more.
    link.send([commandName(instance, 'PING')], (reply) => this.takePong(instance, reply));
  }

  private takePong(instance: Instance, reply: SentinelReply): void {
    const { now } = this.sentinel;
    const { link } = instance;
    link.pongAt = now;
    const text = reply instanceof ReplyError ? reply.message : typeof reply === 'string' ? reply : '';
    if (/^(?:PONG|LOADING|MASTERDOWN)/.test(text)) {
      link.availableAt = now;
      link.pingPendingSince = 0;
      if (text.startsWith('PONG')) instance.flags.delete('rebooted');
    } else if (text.startsWith('BUSY') && instance.is('s_down') && !instance.is('script_kill_sent')) {
      // A script that holds it up for so long is in the way.
      link.send([commandName(instance, 'SCRIPT'), 'KILL']);
      instance.flags.add('script_kill_sent');
    }
  }

  private announce(instance: Instance): void {
    const { sentinel } = this;
    const { settings, events } = sentinel;
    const { primary, link } = instance;
    const ip = settings.announceIp || link.commands?.localAddress;
    if (ip === undefined) return;
    const { currentAddress } = primary;
    const text = formatHello({
      ip,
      port: sentinel.announcedPort,
      id: sentinel.myId,
      currentEpoch: sentinel.currentEpoch,
      primaryName: primary.name,
      primaryHost: events.announced(currentAddress),
      primaryPort: currentAddress.port,
      configEpoch: primary.configEpoch,
    });
    this.ask(instance, ['PUBLISH', HELLO_CHANNEL, text], (reply) => {
      if (!(reply instanceof ReplyError)) instance.publishedAt = sentinel.now;
    });
  }

  /** A command by its name there; the reply is for the instance only while it is watched. */
  private ask(
    instance: Instance,
    [command = '', ...rest]: readonly ByteString[],
    onReply: (reply: SentinelReply) => void,
  ) {
    instance.link.send([commandName(instance, command), ...rest], (reply) => {
      if (!instance.isGone) onReply(reply);
    });
  }
}

/** Commands without an answer: more are not sent for each instance that uses a link. */
const MOST_PENDING = 100;
