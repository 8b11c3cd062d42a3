/** The Redis whose behaviour is promised: what clients are told, since they choose features by it. */
export const REDIS_VERSION = '7.0.15';
