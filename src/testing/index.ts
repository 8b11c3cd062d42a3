/** `lookupd/testing`: servers, faults and a movable clock for a project's own tests. */
export type { Cancel, Clock } from '../core/clock.js';
export { ManualClock } from './clock.js';
export { type Fault, FaultProxy, type FaultProxyOptions, type FaultRule, startFaultProxy } from './fault-proxy.js';
export { startCluster, TestCluster, TestClusterNode, type TestClusterOptions } from './test-cluster.js';
export { startServer, TestServer, type TestServerOptions } from './test-server.js';
