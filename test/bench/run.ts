/**
 * `npm run bench [-- NAME…] [-- --pairs N --ms N --write]`: measures lookupd beside its peers, the rows whose
 * name has one of the words in it. "server" is the bundled server beside redis-server, "persistence" its files and
 * replicas, "daemon" the daemon under the load of mail servers. `--write` puts the tables into docs/.
 */
import { parseArgs } from 'node:util';
import { benchFrontends, frontendNames } from './frontends/index.js';
import { benchPersistence, persistenceNames } from './persistence/index.js';
import { scenarios } from './scenarios/index.js';
import { benchServers } from './server/index.js';
import { nameOf, workloads } from './server/workloads.js';
import { benchStores } from './store-operations.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pairs: { type: 'string', default: '5' },
    ms: { type: 'string', default: '1500' },
    write: { type: 'boolean', default: false },
  },
});
const effort = { pairs: Number(values.pairs), ms: Number(values.ms), write: values.write };
const wanted = (name: string) => positionals.length === 0 || positionals.some((word) => name.includes(word));

if (scenarios.some(({ name }) => wanted(name))) await benchStores(wanted, effort);
const ofDaemon = (name: string) => wanted(`daemon ${name}`);
if (frontendNames.some(ofDaemon)) await benchFrontends(ofDaemon, effort);
if (workloads.some((workload) => wanted(`server ${nameOf(workload)}`))) await benchServers(wanted, effort);
const ofFiles = (name: string) => wanted(`persistence ${name}`);
if (persistenceNames.some(ofFiles)) await benchPersistence(ofFiles, effort);
