import { DirectiveError } from '../configuration/value-types.js';
import { leadingNumber } from './hello.js';
import type { Primary } from './instance.js';
import type { Sentinel } from './sentinel.js';
import type { SentinelSettings } from './sentinel-settings.js';

/** A `sentinel …` line: how many words follow its name, and what it does. Throws DirectiveError. */
interface SentinelDirective {
  readonly words: readonly number[];
  /** What is needed before primaries are named, the primaries, and what is said of them. */
  readonly stage: 'first' | 'primary' | 'then';
  readonly load: (sentinel: Sentinel, words: readonly string[]) => void;
}

/** Loads one line, without the word `sentinel`; lines have to come in the order of `stageOf`. */
export function loadSentinelLine(sentinel: Sentinel, [name = '', ...words]: readonly string[]): void {
  const directive = directives.get(name.toLowerCase());
  if (!directive?.words.includes(words.length)) {
    throw new DirectiveError('Unrecognized sentinel configuration statement.');
  }
  directive.load(sentinel, words);
}

/** Files name things in any order: 0 is loaded first. */
export function stageOf([name = '']: readonly string[]): number {
  return ['first', 'primary', 'then'].indexOf(directives.get(name.toLowerCase())?.stage ?? 'then');
}

function first(load: SentinelDirective['load']): SentinelDirective {
  return { stage: 'first', words: [1], load };
}

function toggle(name: string, key: 'deniesScripts' | 'resolveHostnames' | 'announceHostnames', option = 'option') {
  return first(({ settings }, [word = '']) => {
    if (!/^(?:yes|no)$/i.test(word)) throw new DirectiveError(`Please specify yes or no for the ${name} ${option}.`);
    settings[key] = word.toLowerCase() === 'yes';
  });
}

/** An empty one says nothing. */
function label(key: 'announceIp' | 'user' | 'password') {
  return first(({ settings }: { readonly settings: SentinelSettings }, [word = '']) => {
    if (word !== '') settings[key] = word;
  });
}

/** Behind the primary's name come so many words. */
function ofPrimary(
  load: (primary: Primary, words: readonly string[], sentinel: Sentinel) => void,
  ...counts: readonly number[]
): SentinelDirective {
  return {
    stage: 'then',
    words: (counts.length === 0 ? [1] : counts).map((count) => count + 1),
    load(sentinel, [name = '', ...words]) {
      const primary = sentinel.primaries.get(name);
      if (primary === undefined) throw new DirectiveError('No such master with specified name.');
      load(primary, words, sentinel);
    },
  };
}

function time(key: 'downAfter' | 'failoverTimeout'): SentinelDirective {
  return ofPrimary((primary, [word]) => {
    const value = leadingNumber(word);
    if (value <= 0) throw new DirectiveError('negative or zero time parameter.');
    primary[key] = value;
  });
}

function script(key: 'notificationScript' | 'reconfigurationScript', what: string): SentinelDirective {
  return ofPrimary((primary, [path = ''], { scripts }) => {
    if (!scripts.canRun(path)) throw new DirectiveError(`${what} script seems non existing or non executable.`);
    primary[key] = path;
  });
}

const knownReplica = ofPrimary((primary, [host = '', port], sentinel) => {
  const address = sentinel.resolveOrRefuse(host, leadingNumber(port));
  if (primary.replicas.has(sentinel.placeName(address))) {
    throw new DirectiveError('Duplicate hostname and port for replica.');
  }
  sentinel.addReplica(primary, address);
}, 2);

/** Without the other's id it is of an old file, and is found again. */
const knownSentinel = ofPrimary(
  (primary, [host = '', port, id], sentinel) => {
    if (id === undefined) return;
    const address = sentinel.resolveOrRefuse(host, leadingNumber(port));
    if (primary.sentinels.has(id)) throw new DirectiveError('Duplicate runid for sentinel.');
    sentinel.addSentinel(primary, id, address);
  },
  2,
  3,
);

const directives: ReadonlyMap<string, SentinelDirective> = new Map(
  Object.entries({
    'announce-ip': label('announceIp'),
    'announce-port': first(({ settings }, [word]) => {
      settings.announcePort = leadingNumber(word);
    }),
    'deny-scripts-reconfig': toggle('deny-scripts-reconfig', 'deniesScripts', 'options'),
    'sentinel-user': label('user'),
    'sentinel-pass': label('password'),
    'resolve-hostnames': toggle('resolve-hostnames', 'resolveHostnames'),
    'announce-hostnames': toggle('announce-hostnames', 'announceHostnames'),
    'current-epoch': first((sentinel, [word]) => {
      sentinel.currentEpoch = Math.max(sentinel.currentEpoch, leadingNumber(word));
    }),
    myid: first((sentinel, [word = '']) => {
      if (word.length !== ID_LENGTH) throw new DirectiveError('Malformed Sentinel id in myid option.');
      sentinel.myId = word;
    }),
    monitor: {
      stage: 'primary',
      words: [4],
      load(sentinel, [name = '', host = '', port, count]) {
        const quorum = leadingNumber(count);
        if (quorum <= 0) throw new DirectiveError('Quorum must be 1 or greater.');
        const address = sentinel.resolveOrRefuse(host, leadingNumber(port));
        if (sentinel.primaries.has(name)) throw new DirectiveError('Duplicate master name.');
        sentinel.addPrimary(name, address, quorum);
      },
    },
    'down-after-milliseconds': time('downAfter'),
    'failover-timeout': time('failoverTimeout'),
    'parallel-syncs': ofPrimary((primary, [word]) => {
      primary.parallelSyncs = leadingNumber(word);
    }),
    'notification-script': script('notificationScript', 'Notification'),
    'client-reconfig-script': script('reconfigurationScript', 'Client reconfiguration'),
    'auth-pass': ofPrimary((primary, [word]) => {
      primary.password = word;
    }),
    'auth-user': ofPrimary((primary, [word]) => {
      primary.user = word;
    }),
    'config-epoch': ofPrimary((primary, [word], sentinel) => {
      primary.configEpoch = leadingNumber(word);
      sentinel.currentEpoch = Math.max(sentinel.currentEpoch, primary.configEpoch);
    }),
    'leader-epoch': ofPrimary((primary, [word]) => {
      primary.leaderEpoch = leadingNumber(word);
    }),
    'known-replica': knownReplica,
    'known-slave': knownReplica,
    'known-sentinel': knownSentinel,
    'rename-command': ofPrimary((primary, [command = '', name = '']) => {
      if (primary.renamed.has(command.toLowerCase())) {
        throw new DirectiveError('Same command renamed multiple times with rename-command.');
      }
      primary.renamed.set(command.toLowerCase(), { command, name });
    }, 2),
    'master-reboot-down-after-period': ofPrimary((primary, [word]) => {
      const value = leadingNumber(word);
      if (value < 0) throw new DirectiveError('negative time parameter.');
      primary.rebootDownAfter = value;
    }),
  } satisfies Record<string, SentinelDirective>),
);

export const ID_LENGTH = 40;
