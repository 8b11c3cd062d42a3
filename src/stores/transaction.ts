/**
 * Changes that are made together: one script per server, on a cluster one per slot. Several changes of one key
 * are worked out beforehand, so that the script meets each key once and can take back what it added when a
 * later addition is refused.
 *
 * On a cluster a failure in one slot does not undo another: then it may have been executed, in part.
 */
import { type Bytes, toBuffer } from '../core/bytes.js';
import { StoreError } from '../core/errors.js';
import { slotOf } from '../resp/key-slot.js';
import type { Argument } from '../resp/reply.js';
import type { Arguments } from './arguments.js';
import type { Commands } from './commands.js';
import type { KeySpace } from './keys.js';
import { integer } from './replies.js';
import { transactionScript } from './scripts/transaction.js';
import type { CallControl, Change } from './store.js';
import { counterOf, int64Of } from './values.js';

export interface TransactionDependencies {
  readonly commands: Commands;
  readonly keys: KeySpace;
  readonly arguments: Arguments;
  /** Whether one script may name keys of several slots. */
  readonly crossSlot: boolean;
}

/** What becomes of one key: first the addition, if it is there, then the rest. */
interface Net {
  readonly key: Bytes;
  add: bigint | undefined;
  change: 'set' | 'delete' | '';
  value: Buffer;
  ttl: number | undefined;
}

const OPERATION = 'transact';
const NOTHING = Buffer.alloc(0);
/** What was added must be possible to take back. */
const MOST = 2n ** 63n - 1n;

export async function transact(
  changes: readonly Change[],
  { signal }: CallControl,
  dependencies: TransactionDependencies,
): Promise<{ missing: number }> {
  const { nets, missing } = workOut(changes, dependencies);
  const groups = dependencies.crossSlot && nets.length > 0 ? [nets] : bySlot(nets);
  const ended = await Promise.allSettled(groups.map((group) => run(group, signal, dependencies.commands)));
  const failed = ended.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw ended.every(isRejected) ? failed.reason : inPart(failed.reason);
  return { missing: ended.reduce((sum, result) => sum + (result as PromiseFulfilledResult<number>).value, missing) };
}

function bySlot(nets: readonly Net[]): readonly (readonly Net[])[] {
  const groups = new Map<number, Net[]>();
  for (const net of nets) {
    const slot = slotOf(net.key);
    const group = groups.get(slot);
    if (group === undefined) groups.set(slot, [net]);
    else group.push(net);
  }
  return [...groups.values()];
}

function isRejected(result: PromiseSettledResult<number>): boolean {
  return result.status === 'rejected' && !(result.reason as StoreError).indeterminate;
}

/** Some slots' changes were made, or may have been. */
function inPart(error: unknown): unknown {
  if (!(error instanceof StoreError) || error.indeterminate) return error;
  const { code, store, node, operation, attempts } = error;
  const details = { code, store, node, operation, attempts, temporary: error.temporary, indeterminate: true };
  return new StoreError('one slot of the cluster failed, others did not', details);
}

function run(nets: readonly Net[], signal: AbortSignal | undefined, commands: Commands): Promise<number> {
  const keys = nets.map(({ key }) => key);
  const args = nets.flatMap(({ add, ttl, change, value }): Argument[] => [add ?? '', ttl ?? '', change, value]);
  const safety = nets.some(({ add }) => add !== undefined) ? 'once' : 'idempotent';
  const call = { operation: OPERATION, safety, key: keys[0], signal } as const;
  return commands.script(call, { script: transactionScript, keys, args }, integer);
}

function workOut(changes: readonly Change[], dependencies: TransactionDependencies) {
  dependencies.arguments.changes(OPERATION, changes);
  const nets = new Map<string, Net>();
  let missing = 0;
  for (const [i, change] of changes.entries()) {
    const name = toBuffer(change.key).latin1Slice();
    const net = nets.get(name) ?? netOf(dependencies.keys.full(change.key));
    nets.set(name, net);
    if (!apply(net, change, i, dependencies.arguments)) missing++;
  }
  return { nets: [...nets.values()], missing };
}

function netOf(key: Bytes): Net {
  return { key, add: undefined, change: '', value: NOTHING, ttl: undefined };
}

/** False when the change is an addition to what an earlier one has deleted. */
function apply(net: Net, change: Change, index: number, check: Arguments): boolean {
  const ttl = () =>
    'ttl' in change && change.ttl !== undefined ? check.ttl(OPERATION, `changes[${index}].ttl`, change.ttl) : undefined;
  switch (change.kind) {
    case 'set':
      Object.assign(net, { change: 'set', value: toBuffer(change.value), ttl: ttl() });
      return true;
    case 'delete':
      Object.assign(net, { change: 'delete', value: NOTHING, ttl: undefined });
      return true;
    case 'increment': {
      const by = check.int64(OPERATION, `changes[${index}].by`, change.by);
      if (net.change === 'delete') return false;
      if (net.change === 'set') net.value = Buffer.from(String(sumOf(counterOf(net.value), by, check)));
      else net.add = sumOf(net.add ?? 0n, by, check);
      net.ttl = ttl() ?? net.ttl;
      return true;
    }
  }
}

function sumOf(value: bigint | undefined, by: bigint, check: Arguments): bigint {
  const sum = value === undefined ? undefined : int64Of(value + by);
  if (sum !== undefined && sum >= -MOST) return sum;
  throw check.notInteger(OPERATION);
}
