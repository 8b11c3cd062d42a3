/**
 * The Sentinels of one primary, asked as the guide for Sentinel clients says: one after the other (each a moment
 * after the one before, so that a silent one delays nothing), the one that answered first the next time, and those
 * that the others know beside those of the configuration. An answer of an older configuration than one that was seen
 * counts only when most of them give such answers.
 */

import { messageOf } from '../../core/errors.js';
import { type Reply, ReplyError } from '../../resp/reply.js';
import { type Command, LinkError } from '../link.js';
import type { Outcome } from '../wire/exchange.js';
import { commonKind, namedFailures } from '../wire/failures.js';
import { AllFailed, firstAnswer } from '../wire/first-answer.js';
import type { Node } from '../wire/node.js';
import { type LinkContext, nodeName, type Target } from '../wire/target.js';
import { parseEpoch, parsePrimary, parseReplicas, parseSentinels, type ServerAddress } from './sentinel-reply.js';

/** Of the others' Sentinels so many are remembered. */
const MOST_SENTINELS = 16;

export interface SentinelAnswer {
  readonly primary: ServerAddress;
  readonly replicas: readonly ServerAddress[];
  readonly epoch: number;
  readonly answeredBy: string;
}

export interface SentinelSource {
  /** What the Sentinels call the primary. */
  readonly name: string;
  readonly seeds: readonly ServerAddress[];
  createNode(address: ServerAddress): Node;
}

export class Sentinels {
  /** In the order in which they are asked. */
  #nodes: Node[];
  readonly #seeds: readonly Node[];
  #epoch = 0;
  #turn = 0;

  constructor(
    private readonly source: SentinelSource,
    private readonly context: LinkContext,
  ) {
    this.#seeds = source.seeds.map((address) => source.createNode(address));
    this.#nodes = [...this.#seeds];
  }

  get count(): number {
    return this.#nodes.length;
  }

  /** Another one each time: for a connection that stays with the one it has. */
  nextTarget(): Target {
    return this.#nodes[this.#turn++ % this.#nodes.length]!.target;
  }

  /** Rejects with a LinkError when none tells. */
  async ask(deadline: number): Promise<SentinelAnswer> {
    const nodes = [...this.#nodes];
    try {
      const answer = await firstAnswer(nodes, (node) => this.#askOne(node, deadline), this.context.clock);
      this.#epoch = answer.epoch;
      return answer;
    } catch (error) {
      if (!(error instanceof AllFailed)) throw error;
      const newest = mostBelieved(error.errors);
      if (newest === undefined) throw noneTells(this.source.name, nodes, error.errors);
      this.#epoch = newest.epoch;
      return newest;
    }
  }

  close(): void {
    for (const node of this.#nodes) node.close();
  }

  async #askOne(node: Node, deadline: number): Promise<SentinelAnswer> {
    const { name } = this.source;
    const commands: Command[] = [
      ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name],
      ['SENTINEL', 'MASTER', name],
      ['SENTINEL', 'REPLICAS', name],
      ['SENTINEL', 'SENTINELS', name],
    ];
    const [address = null, state = null, replicas = null, others = null] = await node.exchange(commands, { deadline });
    if (address instanceof LinkError) throw address;
    if (address instanceof ReplyError) throw refused(node, address);
    const primary = parsePrimary(address);
    if (primary === undefined) throw new UnknownName(node.name);
    const epoch = parseEpoch(plain(state));
    const answer = { primary, replicas: parseReplicas(plain(replicas)), epoch, answeredBy: node.name };
    if (epoch < this.#epoch) throw new OlderAnswer(answer);
    this.#learn(node, parseSentinels(plain(others)));
    return answer;
  }

  /** The one that answered comes first, then those of the configuration, then those that it knows beside them. */
  #learn(answered: Node, others: readonly ServerAddress[]): void {
    const known = new Map(this.#nodes.map((node) => [node.name, node]));
    const first = this.#nodes.filter((node) => node === answered || this.#seeds.includes(node));
    const found = others.map((address) => known.get(nodeName(address)) ?? this.source.createNode(address));
    const ordered = [...new Set([answered, ...first, ...found])];
    const kept = ordered.slice(0, Math.max(MOST_SENTINELS, first.length + 1));
    for (const node of this.#nodes) if (!kept.includes(node)) node.close();
    this.#nodes = kept;
  }
}

/** What is told beside the address may be refused to us. */
function plain(outcome: Outcome): Reply {
  return outcome instanceof LinkError ? null : outcome;
}

/** Most of them began anew: the newest that they know is what there is. */
function mostBelieved(errors: readonly unknown[]): SentinelAnswer | undefined {
  const older = errors.filter((error) => error instanceof OlderAnswer).map(({ answer }) => answer);
  if (older.length * 2 <= errors.length) return undefined;
  return older.reduce((best, answer) => (answer.epoch > best.epoch ? answer : best));
}

class UnknownName extends Error {
  constructor(readonly node: string) {
    super();
  }
}

class OlderAnswer extends Error {
  constructor(readonly answer: SentinelAnswer) {
    super();
  }
}

const CREDENTIALS = '"sentinel.user" and "sentinel.password" are what the Sentinels ask for';
const NO_SENTINEL = 'the URLs of redis-type = "sentinel" are those of Sentinels, at port 26379 by default';
const NAME = 'its name stands after "sentinel monitor" in their configuration: "sentinel.name"';

function refused(node: Node, error: ReplyError): LinkError {
  const denied = /^(NOAUTH|WRONGPASS|NOPERM)$/.test(error.code);
  const isOther = /unknown command/i.test(error.message);
  const hint = denied ? CREDENTIALS : isOther ? NO_SENTINEL : undefined;
  const details = { node: node.name, maybeExecuted: false, hint };
  const why = isOther ? 'it is no Sentinel' : error.message;
  return new LinkError(denied ? 'denied' : 'topology', `${node.name}: ${why}`, details);
}

/** Of no node in particular. */
function noneTells(name: string, nodes: readonly Node[], errors: readonly unknown[]): LinkError {
  if (errors.every((error) => error instanceof UnknownName)) {
    const message = `no Sentinel of ${nodes.map((node) => node.name).join(', ')} knows ${name}`;
    return new LinkError('topology', message, { maybeExecuted: false, hint: NAME });
  }
  const message = namedFailures(`no Sentinel tells where ${name} is`, errors, describe);
  if (commonKind(errors) === 'denied')
    return new LinkError('denied', message, { maybeExecuted: false, hint: CREDENTIALS });
  const hints = new Set(errors.map((error) => (error instanceof LinkError ? error.details.hint : undefined)));
  const [hint] = hints.size === 1 ? hints : [];
  return new LinkError('topology', message, { maybeExecuted: false, hint });
}

function describe(error: unknown): string {
  if (error instanceof UnknownName) return `${error.node}: does not know it`;
  if (error instanceof OlderAnswer) return `${error.answer.answeredBy}: is behind the times`;
  return messageOf(error);
}
