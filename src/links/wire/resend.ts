/**
 * Sends commands to the one server that a link has chosen among several, and what surely was not executed
 * there to the one it has chosen since: each server once. What may have been executed is never sent again.
 */
import type { Clock } from '../../core/clock.js';
import { ReplyError } from '../../resp/reply.js';
import { type CallOptions, type Command, LinkError } from '../link.js';
import type { Outcome } from './exchange.js';
import type { Node } from './node.js';

export interface Choice {
  readonly node: Node;
  /** The node answered so, or did not: the link may choose another. */
  troubled(node: Node, error: ReplyError | LinkError): void;
}

export async function sendToChosen(
  choice: Choice,
  commands: readonly Command[],
  options: CallOptions,
  clock: Clock,
): Promise<Outcome[]> {
  const asked = new Set<Node>();
  let { node } = choice;
  const outcomes = await node.exchange(commands, options);
  for (;;) {
    const unserved = unservedOf(outcomes);
    if (unserved.length === 0) return outcomes;
    for (const i of unserved) choice.troubled(node, outcomes[i] as ReplyError | LinkError);
    asked.add(node);
    node = choice.node;
    const over = options.signal?.aborted === true || clock.now() >= options.deadline;
    if (asked.has(node) || over || !divisible(commands, unserved)) return outcomes;
    const again = await node.exchange(
      unserved.map((i) => commands[i]!),
      options,
    );
    for (const [n, i] of unserved.entries()) outcomes[i] = again[n] ?? null;
  }
}

/** The commands that the server did not execute, and another one may. */
function unservedOf(outcomes: readonly Outcome[]): number[] {
  const unserved: number[] = [];
  for (let i = 0; i < outcomes.length; i++) if (isUnserved(outcomes[i])) unserved.push(i);
  return unserved;
}

function isUnserved(outcome: Outcome | undefined): boolean {
  if (typeof outcome !== 'object') return false;
  if (outcome instanceof ReplyError) return servesNot(outcome);
  return outcome instanceof LinkError && !outcome.details.maybeExecuted && NO_CONNECTION.has(outcome.kind);
}

const NO_CONNECTION: ReadonlySet<LinkError['kind']> = new Set(['connection', 'denied', 'topology']);

const NOT_SERVING = new Set(['LOADING', 'READONLY', 'MASTERDOWN', 'CLUSTERDOWN']);

/** Whether the server says that it does not serve now, or no writes: Redis before 7 wraps it where a script asked. */
function servesNot(error: ReplyError): boolean {
  return NOT_SERVING.has(error.code) || /\bREADONLY You can't write against/.test(error.message);
}

/** A transaction is sent again as a whole or not at all. */
function divisible(commands: readonly Command[], unserved: readonly number[]): boolean {
  return unserved.length === commands.length || !commands.some(([name]) => /^multi$/i.test(name));
}
