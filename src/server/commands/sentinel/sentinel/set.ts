import type { Args } from '../../../../resp/args.js';
import { CommandError } from '../../../errors.js';
import type { Primary } from '../../../sentinel/instance.js';
import type { Sentinel } from '../../../sentinel/sentinel.js';
import { parseInteger } from '../../numbers.js';
import { namedPrimary, saveAndReply, sentinelCommand } from '../with-sentinel.js';

/** What is set before an option that is wrong stays set, as in Redis. */
export const set = sentinelCommand(
  {
    name: 'set',
    summary: 'Change the configuration of a monitored master',
    since: '2.8.4',
    arity: -5,
    arguments: ['master-name', 'option_value(option, value)...'],
  },
  (call, sentinel) => {
    const { args } = call;
    const primary = namedPrimary(call, sentinel);
    let changes = 0;
    try {
      for (let i = 3; i < args.count; changes++) i = setOption(sentinel, primary, args, i);
    } catch (error) {
      if (changes > 0) sentinel.save();
      throw error;
    }
    saveAndReply(call, sentinel);
  },
);

interface Option {
  /** How many words follow. */
  readonly words: number;
  readonly isSecret?: boolean;
  readonly set: (primary: Primary, words: readonly string[], sentinel: Sentinel) => void;
}

/** Answers where the next option is. */
function setOption(sentinel: Sentinel, primary: Primary, args: Args, i: number): number {
  const name = args.text(i);
  const option = options.get(name.toLowerCase());
  if (option === undefined || i + option.words >= args.count) {
    throw new CommandError(`ERR Unknown option or number of arguments for SENTINEL SET '${name}'`);
  }
  const words = args.texts(i + 1, i + 1 + option.words);
  try {
    option.set(primary, words, sentinel);
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    throw new CommandError(`ERR Invalid argument '${error.message}' for SENTINEL SET '${name}'`);
  }
  const shown = option.isSecret ? ['******'] : words;
  sentinel.events.about('warning', '+set', primary, [name, ...shown].join(' '));
  return i + 1 + option.words;
}

class BadValue extends Error {}

function number(
  key: 'downAfter' | 'failoverTimeout' | 'parallelSyncs' | 'quorum' | 'rebootDownAfter',
  least = 1,
): Option {
  return {
    words: 1,
    set(primary, [word = '']) {
      const value = Number(parseInteger(word) ?? Number.NaN);
      if (!(value >= least)) throw new BadValue(word);
      primary[key] = value;
    },
  };
}

function script(key: 'notificationScript' | 'reconfigurationScript', what: string): Option {
  return {
    words: 1,
    set(primary, [path = ''], { settings, scripts }) {
      if (settings.deniesScripts) throw DENIED;
      if (path !== '' && !scripts.canRun(path)) {
        throw new CommandError(`ERR ${what} script seems non existing or non executable`);
      }
      primary[key] = path === '' ? undefined : path;
    },
  };
}

/** Connections are made anew with it. */
function credential(key: 'user' | 'password'): Option {
  return {
    words: 1,
    isSecret: key === 'password',
    set(primary, [word]) {
      primary[key] = word === '' ? undefined : word;
      for (const { link } of [primary, ...primary.replicas.values()]) link.drop();
    },
  };
}

const renameCommand: Option = {
  words: 2,
  set({ renamed }, [command = '', name = '']) {
    if (command === '' || name === '') throw new BadValue('');
    renamed.delete(command.toLowerCase());
    if (command.toLowerCase() !== name.toLowerCase()) renamed.set(command.toLowerCase(), { command, name });
  },
};

const options: ReadonlyMap<string, Option> = new Map(
  Object.entries({
    'down-after-milliseconds': number('downAfter'),
    'failover-timeout': number('failoverTimeout'),
    'parallel-syncs': number('parallelSyncs'),
    'notification-script': script('notificationScript', 'Notification'),
    'client-reconfig-script': script('reconfigurationScript', 'Client reconfiguration'),
    'auth-pass': credential('password'),
    'auth-user': credential('user'),
    quorum: number('quorum'),
    'rename-command': renameCommand,
    'master-reboot-down-after-period': number('rebootDownAfter', 0),
  }),
);

const DENIED = new CommandError(
  'ERR Reconfiguration of scripts path is denied for security reasons. Check the deny-scripts-reconfig configuration directive in your Sentinel configuration',
);
