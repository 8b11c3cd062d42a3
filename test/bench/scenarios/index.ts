import type { Scenario } from '../measure.js';
import { clusterScenarios } from './cluster.js';
import { embeddedScenarios } from './embedded.js';
import { limitScenarios } from './limits.js';
import { nearCacheScenarios } from './near-cache.js';
import { readScenarios } from './reads.js';
import { writeScenarios } from './writes.js';

export const scenarios: readonly Scenario[] = [
  ...readScenarios,
  ...writeScenarios,
  ...clusterScenarios,
  ...nearCacheScenarios,
  ...limitScenarios,
  ...embeddedScenarios,
];
