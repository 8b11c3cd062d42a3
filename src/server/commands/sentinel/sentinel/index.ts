import type { CommandDeclaration } from '../../command.js';
import { ckquorum } from './ckquorum.js';
import { config } from './config.js';
import { debug } from './debug.js';
import { failover } from './failover.js';
import { flushconfig } from './flushconfig.js';
import { getMasterAddrByName } from './get-master-addr-by-name.js';
import { help } from './help.js';
import { infoCache } from './info-cache.js';
import { isMasterDownByAddr } from './is-master-down-by-addr.js';
import { master } from './master.js';
import { masters } from './masters.js';
import { monitor } from './monitor.js';
import { myid } from './myid.js';
import { pendingScripts } from './pending-scripts.js';
import { remove } from './remove.js';
import { replicas } from './replicas.js';
import { reset } from './reset.js';
import { sentinels } from './sentinels.js';
import { set } from './set.js';
import { simulateFailure } from './simulate-failure.js';
import { slaves } from './slaves.js';

export const sentinel: CommandDeclaration = {
  name: 'sentinel',
  summary: 'A container for Sentinel commands',
  since: '2.8.4',
  group: 'sentinel',
  complexity: 'Depends on subcommand.',
  arity: -2,
  flags: ['admin'],
  subcommands: [
    ckquorum,
    config,
    debug,
    failover,
    flushconfig,
    getMasterAddrByName,
    help,
    infoCache,
    isMasterDownByAddr,
    master,
    masters,
    monitor,
    myid,
    pendingScripts,
    remove,
    replicas,
    reset,
    sentinels,
    set,
    simulateFailure,
    slaves,
  ],
};
