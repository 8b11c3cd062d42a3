/** `lookupd/testing`: servers, clusters, sentinels, faults and a movable clock for a project's own tests. */
export type { Cancel, Clock } from '../core/clock.js';
export { ManualClock } from './clock.js';
export type { CommandLog } from './command-log.js';
export type { KnownError } from './error-replies.js';
export { FaultProxy, type FaultProxyOptions, startFaultProxy } from './fault-proxy.js';
export type { Fault, FaultRule, InjectedFault } from './faults.js';
export type { CommandPattern, ReceivedCommand } from './received-command.js';
export type { SlotMove } from './slot-move.js';
export { type MoveOptions, startCluster, TestCluster, type TestClusterOptions } from './test-cluster.js';
export { TestClusterNode } from './test-cluster-node.js';
export { TestSentinel, TestWatchedServer } from './test-sentinel-member.js';
export { startSentinels, TestSentinels, type TestSentinelsOptions } from './test-sentinels.js';
export { startServer, TestServer, type TestServerOptions } from './test-server.js';
