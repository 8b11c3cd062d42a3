import type { Random } from '../../../src/core/random.js';
import type { Fault, FaultProxy, TestServer } from '../../../src/testing/index.js';
import type { Trouble } from './topology.js';

/** What happens to connections and commands, the same at a test server and at a proxy before any other. */
export function connectionTroubles(choose: (random: Random) => TestServer | FaultProxy): Trouble[] {
  const kinds: readonly [string, number, Fault][] = [
    ['slow node', 1, { kind: 'delay', ms: 20 }],
    ['commands lost', 0.03, { kind: 'drop-before' }],
    ['replies lost', 0.03, { kind: 'drop-after' }],
    ['replies cut', 0.03, { kind: 'cut', bytes: 2 }],
    ['silent connections', 0.005, { kind: 'silence' }],
    ['LOADING', 0.2, { kind: 'error', message: 'LOADING' }],
    ['TRYAGAIN', 0.2, { kind: 'error', message: 'TRYAGAIN' }],
    ['CLUSTERDOWN', 0.2, { kind: 'error', message: 'CLUSTERDOWN' }],
    ['READONLY', 0.2, { kind: 'error', message: 'READONLY' }],
    ['MASTERDOWN', 0.2, { kind: 'error', message: 'MASTERDOWN' }],
  ];
  const onCommands = kinds.map(
    ([kind, probability, fault]): Trouble => ({
      kind,
      async run({ random, load }) {
        using _ = choose(random).inject({ fault, probability, times: 'always' });
        await load.ended(400);
      },
    }),
  );
  return [
    ...onCommands,
    {
      kind: 'connections cut',
      async run({ random, load }) {
        for (let i = 0; i < 5; i++) {
          choose(random).disconnect();
          await load.ended(50);
        }
      },
    },
    {
      kind: 'connections refused',
      async run({ random, load }) {
        const node = choose(random);
        using _ = node.inject({ fault: { kind: 'refuse' }, times: 'always' });
        node.disconnect();
        await load.ended(200);
      },
    },
  ];
}

export function pick<T>(from: readonly T[], random: Random): T {
  return from[random.below(from.length)]!;
}
