import { bitmapCommands } from './bitmap/index.js';
import { clusterCommands } from './cluster/index.js';
import type { CommandDeclaration } from './command.js';
import { connectionCommands } from './connection/index.js';
import { genericCommands } from './generic/index.js';
import { geoCommands } from './geo/index.js';
import { hashCommands } from './hash/index.js';
import { hyperloglogCommands } from './hyperloglog/index.js';
import { listCommands } from './list/index.js';
import { pubsubCommands } from './pubsub/index.js';
import { scriptingCommands } from './scripting/index.js';
import { serverCommands } from './server/index.js';
import { setCommands } from './set/index.js';
import { sortedSetCommands } from './sorted-set/index.js';
import { streamCommands } from './stream/index.js';
import { stringCommands } from './string/index.js';
import { transactionCommands } from './transactions/index.js';

export { sentinelModeCommands, UNLISTED } from './sentinel/index.js';

/** Every command the server knows, group by group. */
export const allCommands: readonly CommandDeclaration[] = [
  ...bitmapCommands,
  ...genericCommands,
  ...connectionCommands,
  ...pubsubCommands,
  ...scriptingCommands,
  ...serverCommands,
  ...stringCommands,
  ...geoCommands,
  ...hashCommands,
  ...hyperloglogCommands,
  ...listCommands,
  ...setCommands,
  ...sortedSetCommands,
  ...streamCommands,
  ...transactionCommands,
  ...clusterCommands,
];
