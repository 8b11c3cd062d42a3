import type { Settings } from '../../src/server/settings.js';
import { twinSuite } from '../harness/twin.js';
import { unorderedPairs } from '../harness/twin-compare.js';

/** What the configuration has to allow: `enable-debug-command`, `-module-command` and `-protected-configs`. */
const steps = [
  'DEBUG JMAP x',
  'DEBUG OBJECT nosuch',
  'MODULE LIST',
  'MODULE LOAD',
  'MODULE LOAD /nosuch.so',
  'MODULE LOADEX /nosuch.so',
  'MODULE UNLOAD nosuch',
  'CONFIG SET dbfilename a.rdb',
  'CONFIG SET dbfilename dump.rdb',
  'CONFIG SET enable-debug-command yes',
  'CONFIG SET enable-module-command yes',
  'CONFIG SET enable-protected-configs yes',
  { run: 'CONFIG GET enable-*', compare: unorderedPairs },
  'MULTI',
  'DEBUG OBJECT nosuch',
  'MODULE LOAD /nosuch.so',
  'EXEC',
  'ACL SETUSER default resetpass',
  { run: 'MODULE LOAD /nosuch.so', on: 'stranger' },
  { run: 'CONFIG GET port', on: 'stranger' },
  'ACL SETUSER default nopass',
];

for (const value of ['no', 'yes', 'local'] as const) {
  const settings: Partial<Settings> = { enableModule: value, enableProtectedConfigs: value };
  twinSuite(
    `protected commands: ${value}`,
    { 'are allowed or refused': steps },
    {
      settings: { ...settings, enableDebug: value === 'local' ? 'local' : 'yes' },
      directives: {
        'enable-debug-command': value === 'local' ? 'local' : 'yes',
        'enable-module-command': value,
        'enable-protected-configs': value,
      },
      skip: ['events', 'effects', 'dataset'],
      protocols: [2],
    },
  );
}
