import type { LookupStore } from '../../src/stores/store.js';

/** Whatever a JavaScript caller passes. */
// biome-ignore lint/suspicious/noExplicitAny: TypeScript refuses these calls, which is what they are for.
type Careless = Record<string, (...args: any[]) => any>;

const notBytes: readonly unknown[] = [undefined, null, 5, Number.NaN, true, 10n, {}, ['a'], () => 'a', new Date(0)];
const notTtl: readonly unknown[] = [null, 0, -1, Number.NaN, Infinity, 2 ** 60, '', '1h30m', '-1s', 5n, true, {}, [5]];
const notInteger: readonly unknown[] = [null, 0.5, Number.NaN, Infinity, 2 ** 53, '5', {}, [5], true];
const notYesOrNo: readonly unknown[] = [null, 0, 'yes', {}];
const notOptions: readonly unknown[] = [null, 5, 'ttl', true, { tll: 5 }, { signal: {} }, { signal: null }];
const notName: readonly unknown[] = [undefined, null, '', 5, {}, ['PING'], Buffer.from('PING')];

/** By what is wrong: calls that no store can serve, each with the argument that its error must name. */
const rules: readonly (readonly [string, string, readonly unknown[], (store: Careless, wrong: unknown) => unknown])[] =
  [
    ['get', 'key', notBytes, (store, key) => store.get!(key)],
    ['get', 'options', notOptions, (store, options) => store.get!('k', options)],
    ['getText', 'key', notBytes, (store, key) => store.getText!(key)],
    ['getMany', 'keys', [undefined, null, 'abc', 5, {}, new Set(['a'])], (store, keys) => store.getMany!(keys)],
    ['getMany', 'keys[1]', notBytes, (store, key) => store.getMany!(['a', key])],
    ['getMany', 'keys[0]', [new Array(2)], (store, keys) => store.getMany!(keys)],
    ['getMany', 'options', notOptions, (store, options) => store.getMany!([], options)],
    ['set', 'key', notBytes, (store, key) => store.set!(key, 'v')],
    ['set', 'value', notBytes, (store, value) => store.set!('k', value)],
    ['set', 'ttl', notTtl, (store, ttl) => store.set!('k', 'v', { ttl })],
    ['set', 'ifAbsent', notYesOrNo, (store, ifAbsent) => store.set!('k', 'v', { ifAbsent })],
    ['set', 'options', notOptions, (store, options) => store.set!('k', 'v', options)],
    ['delete', 'keys[0]', notBytes, (store, key) => store.delete!(key)],
    ['delete', 'keys[1]', notBytes, (store, key) => store.delete!('k', key)],
    ['deletePrefix', 'prefix', notBytes, (store, prefix) => store.deletePrefix!(prefix)],
    ['deletePrefix', 'force', notYesOrNo, (store, force) => store.deletePrefix!('', { force })],
    ['deletePrefix', 'prefix', [''], (store, prefix) => store.deletePrefix!(prefix)],
    ['exists', 'key', notBytes, (store, key) => store.exists!(key)],
    ['exists', 'options', notOptions, (store, options) => store.exists!('k', options)],
    ['ttl', 'key', notBytes, (store, key) => store.ttl!(key)],
    ['expire', 'key', notBytes, (store, key) => store.expire!(key, 5)],
    ['expire', 'ttl', [undefined, ...notTtl], (store, ttl) => store.expire!('k', ttl)],
    ['increment', 'key', notBytes, (store, key) => store.increment!(key)],
    ['increment', 'by', [...notInteger, 2n ** 63n], (store, by) => store.increment!('k', by)],
    ['increment', 'ttl', notTtl, (store, ttl) => store.increment!('k', 1, { ttl })],
    ['increment', 'refreshTtl', notYesOrNo, (store, refreshTtl) => store.increment!('k', 1, { ttl: 5, refreshTtl })],
    ['increment', 'options', notOptions, (store, options) => store.increment!('k', 1, options)],
    ['counter', 'key', notBytes, (store, key) => store.counter!(key)],
    ['hashGet', 'key', notBytes, (store, key) => store.hashGet!(key, 'f')],
    ['hashGet', 'field', notBytes, (store, field) => store.hashGet!('k', field)],
    ['setHas', 'key', notBytes, (store, key) => store.setHas!(key, 'm')],
    ['setHas', 'member', notBytes, (store, member) => store.setHas!('k', member)],
    ['scan', 'prefix', notBytes, (store, prefix) => store.scan!(prefix).next()],
    ['scan', 'options', notOptions, (store, options) => store.scan!('k', options).next()],
    ['tryLock', 'name', [...notBytes, ''], (store, name) => store.tryLock!(name, 5)],
    ['tryLock', 'ttl', [undefined, ...notTtl], (store, ttl) => store.tryLock!('k', ttl)],
    ['tryLock', 'options', notOptions, (store, options) => store.tryLock!('k', 5, options)],
    ['transact', 'changes', [undefined, null, 'abc', 5, {}], (store, changes) => store.transact!(changes)],
    ['transact', 'changes[0]', [undefined, null, 'set', 5], (store, change) => store.transact!([change])],
    ['transact', 'changes[0].kind', [undefined, 'get', 5], (store, kind) => store.transact!([{ kind, key: 'k' }])],
    ['transact', 'changes[0].key', notBytes, (store, key) => store.transact!([{ kind: 'delete', key }])],
    ['transact', 'changes[0].value', notBytes, (store, value) => store.transact!([{ kind: 'set', key: 'k', value }])],
    [
      'transact',
      'changes[0].ttl',
      notTtl,
      (store, ttl) => store.transact!([{ kind: 'set', key: 'k', value: 'v', ttl }]),
    ],
    [
      'transact',
      'changes[0].by',
      [undefined, ...notInteger, 2n ** 63n],
      (store, by) => store.transact!([{ kind: 'increment', key: 'k', by }]),
    ],
    ['transact', 'options', notOptions, (store, options) => store.transact!([], options)],
    ['heldLock', 'name', notBytes, async (store, name) => store.heldLock!(name, 't')],
    ['heldLock', 'token', [undefined, null, '', 5], async (store, token) => store.heldLock!('k', token)],
    ['rateLimit', 'key', notBytes, (store, key) => store.rateLimit!(key, '5/1m')],
    [
      'rateLimit',
      'rate',
      [undefined, null, 5, '5', '0/1m', '5/0s', {}, [5, 5], { requests: 5 }, { requests: 0, period: 5 }],
      (store, rate) => store.rateLimit!('k', rate),
    ],
    [
      'rateLimit',
      'algorithm',
      [null, 5, '', 'leaky', 'Fixed-Window'],
      (store, algorithm) => store.rateLimit!('k', '5/1m', { algorithm }),
    ],
    ['rateLimit', 'cost', [...notInteger, 0, -1], (store, cost) => store.rateLimit!('k', '5/1m', { cost })],
    ['rateLimit', 'burst', [...notInteger, 0, -1], (store, burst) => store.rateLimit!('k', '5/1m', { burst })],
    ['rateLimit', 'prefix', [...notInteger, 256, -1], (store, prefix) => store.rateLimit!('k', '5/1m', { prefix })],
    ['rateLimit', 'soft', notYesOrNo, (store, soft) => store.rateLimit!('k', '5/1m', { soft })],
    ['greylist', 'key', notBytes, (store, key) => store.greylist!(key)],
    ['greylist', 'delay', notTtl, (store, delay) => store.greylist!('k', { delay })],
    ['greylist', 'window', notTtl, (store, window) => store.greylist!('k', { window })],
    ['greylist', 'lifetime', notTtl, (store, lifetime) => store.greylist!('k', { lifetime })],
    ['greylist', 'options', notOptions, (store, options) => store.greylist!('k', options)],
    ['ttlCounter', 'key', notBytes, (store, key) => store.ttlCounter!(key, 1, 5, 5)],
    ['ttlCounter', 'by', [undefined, 5n, ...notInteger], (store, by) => store.ttlCounter!('k', by, 5, 5)],
    ['ttlCounter', 'limit', [undefined, -1, ...notInteger], (store, limit) => store.ttlCounter!('k', 1, limit, 5)],
    ['ttlCounter', 'window', [undefined, ...notTtl], (store, window) => store.ttlCounter!('k', 1, 5, window)],
    ['command', 'command[0]', notName, (store, name) => store.command!(name)],
    [
      'command',
      'command[2]',
      [undefined, null, Number.NaN, true, {}, ['a']],
      (store, argument) => store.command!('ECHO', 'a', argument),
    ],
    ['pipeline', 'commands', [undefined, null, 'PING', 5, {}], (store, commands) => store.pipeline!(commands)],
    [
      'pipeline',
      'commands[1]',
      [undefined, null, 'PING', {}],
      (store, command) => store.pipeline!([['PING'], command]),
    ],
    ['pipeline', 'commands[0][0]', notName, (store, name) => store.pipeline!([[name]])],
    ['pipeline', 'commands[0][0]', [[]], (store, command) => store.pipeline!([command])],
    ['pipeline', 'commands[0][1]', [undefined, null, {}], (store, argument) => store.pipeline!([['ECHO', argument]])],
    ['pipeline', 'options', notOptions, (store, options) => store.pipeline!([], options)],
    ['publish', 'channel', notBytes, (store, channel) => store.publish!(channel, 'm')],
    ['publish', 'message', notBytes, (store, message) => store.publish!('c', message)],
    ['subscribe', 'channel', notBytes, (store, channel) => store.subscribe!(channel, () => {})],
    ['subscribe', 'onMessage', [undefined, null, 'f', {}], (store, listener) => store.subscribe!('c', listener)],
    ['ping', 'options', notOptions, (store, options) => store.ping!(options)],
  ];

export interface Mistake {
  readonly operation: string;
  readonly argument: string;
  readonly wrong: unknown;
  run(store: LookupStore): Promise<unknown>;
}

export const callerMistakes: readonly Mistake[] = rules.flatMap(([operation, argument, wrongs, call]) =>
  wrongs.map((wrong) => ({
    operation,
    argument,
    wrong,
    run: async (store) => await call(store as unknown as Careless, wrong),
  })),
);
