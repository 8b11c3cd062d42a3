import { replicas } from './replicas.js';

export const slaves = {
  ...replicas,
  name: 'slaves',
  summary: 'List the monitored slaves',
  since: '2.8.0',
  deprecated: { since: '5.0.0', use: '`SENTINEL REPLICAS`' },
};
