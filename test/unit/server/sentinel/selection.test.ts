import { expect, it } from 'vitest';
import { Primary, Replica } from '../../../../src/server/sentinel/instance.js';
import { selectReplica } from '../../../../src/server/sentinel/selection.js';
import { defaultTiming } from '../../../../src/server/sentinel/timing.js';

const NOW = 1_000_000;

interface Traits {
  readonly priority?: number;
  readonly offset?: number;
  readonly runId?: string;
  readonly isDown?: boolean;
  readonly isDisconnected?: boolean;
  readonly silentFor?: number;
  readonly infoAge?: number;
  readonly cutFor?: number;
}

function select(replicas: Readonly<Record<string, Traits>>, { primaryIsDown = true } = {}): string | undefined {
  const options = { now: NOW, downAfter: 1000, failoverTimeout: 1000 };
  const primary = new Primary('mymaster', { host: '10.0.0.1', ip: '10.0.0.1', port: 1 }, 1, options);
  if (primaryIsDown) primary.flags.add('s_down');
  primary.downSince = NOW - 500;
  for (const [name, traits] of Object.entries(replicas)) {
    const replica = new Replica(name, { host: '10.0.0.2', ip: '10.0.0.2', port: 2 }, primary, NOW);
    Object.defineProperty(replica.link, 'isDisconnected', { value: traits.isDisconnected ?? false });
    replica.link.availableAt = NOW - (traits.silentFor ?? 0);
    replica.infoAt = NOW - (traits.infoAge ?? 0);
    replica.priority = traits.priority ?? 100;
    replica.offset = traits.offset ?? 0;
    replica.runId = traits.runId ?? name;
    replica.primaryLinkDownFor = traits.cutFor ?? 0;
    if (traits.isDown) replica.flags.add('s_down');
    primary.replicas.set(name, replica);
  }
  return selectReplica(primary, NOW, defaultTiming())?.name;
}

it.each<[string, Readonly<Record<string, Traits>>, string | undefined]>([
  ['the lowest priority', { a: { priority: 20, offset: 9 }, b: { priority: 10 } }, 'b'],
  ['then the most data', { a: { offset: 5 }, b: { offset: 9 } }, 'b'],
  ['then the first run id', { a: { runId: 'B1' }, b: { runId: 'a2' } }, 'b'],
  ['one with a run id before one without', { a: { runId: '' }, b: { runId: 'f' } }, 'b'],
  ['none that must not be promoted', { a: { priority: 0 } }, undefined],
  ['none that is down', { a: { isDown: true }, b: { priority: 200 } }, 'b'],
  ['none without a connection', { a: { isDisconnected: true } }, undefined],
  ['none that is silent', { a: { silentFor: 5001 }, b: { silentFor: 5000 } }, 'b'],
  ['none whose INFO is old', { a: { infoAge: 5001 }, b: { infoAge: 5000 } }, 'b'],
  ['none that lost its primary long before it went down', { a: { cutFor: 10_501 }, b: { cutFor: 10_500 } }, 'b'],
  ['nobody', {}, undefined],
])('promotes %s', (_, replicas, expected) => {
  expect(select(replicas)).toBe(expected);
});

it('takes an older INFO while the primary is up', () => {
  expect(select({ a: { infoAge: 30_000 } }, { primaryIsDown: false })).toBe('a');
  expect(select({ a: { infoAge: 30_001 } }, { primaryIsDown: false })).toBeUndefined();
});
