import type { TestDaemon } from './daemon.js';
import { until } from './until.js';
import type { Wire } from './wire.js';

/** The ways in which a client goes in the middle of what it says. */
export const CUTS: readonly (readonly [string, (wire: Wire) => Promise<void> | void])[] = [
  [
    'half-closed',
    async (wire) => {
      wire.halfClose();
      await wire.rest();
      wire.close();
    },
  ],
  ['closed', (wire) => wire.close()],
  ['reset', (wire) => void wire.socket.resetAndDestroy()],
];

/** What they said has been read then, and will not be answered any more. */
export async function connectionsGone(daemon: TestDaemon, listener: string): Promise<void> {
  const none = new RegExp(`^lookupd_connections\\{listener="${listener}"\\} 0$`, 'm');
  await until(async () => none.test(await daemon.daemon.metrics.render()), 'the connections are gone');
}
