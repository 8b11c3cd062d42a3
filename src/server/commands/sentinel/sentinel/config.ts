import { globMatches } from '../../../../core/glob.js';
import { CommandError } from '../../../errors.js';
import type { Sentinel } from '../../../sentinel/sentinel.js';
import type { SentinelSettings } from '../../../sentinel/sentinel-settings.js';
import type { Call } from '../../call.js';
import { parseInteger } from '../../numbers.js';
import { saveAndReply, sentinelCommand } from '../with-sentinel.js';

export const config = sentinelCommand(
  {
    name: 'config',
    summary: 'Configure Sentinel',
    since: '6.2.0',
    arity: -3,
    arguments: ['action(set(SET parameter value) | get(GET parameter))'],
  },
  (call, sentinel) => {
    const { args } = call;
    const action = args.word(2);
    if (action === 'set' && args.count === 5) set(call, sentinel);
    else if (action === 'get' && args.count === 4) get(call, sentinel);
    else throw ONLY_GET_AND_SET;
  },
);

function get({ args, reply }: Call, { settings }: Sentinel): void {
  const found = [...parameters].filter(([name]) => globMatches(args.text(3), name, true));
  reply.map(found.length);
  for (const [name, { show }] of found) {
    reply.bulk(name);
    reply.bulk(show(settings));
  }
}

function set(call: Call, sentinel: Sentinel): void {
  const { args } = call;
  const [name, value] = [args.text(3), args.text(4)];
  const parameter = parameters.get(name.toLowerCase());
  if (parameter === undefined) throw new CommandError(`ERR Invalid argument '${name}' to SENTINEL CONFIG SET`);
  if (!parameter.set(sentinel.settings, value)) {
    throw new CommandError(`ERR Invalid value '${value}' to SENTINEL CONFIG SET '${name}'`);
  }
  if (parameter.isCredential) {
    // Made anew, with it.
    for (const { sentinels } of sentinel.primaries.values()) for (const { link } of sentinels.values()) link.drop();
  }
  saveAndReply(call, sentinel);
}

interface Parameter {
  readonly show: (settings: SentinelSettings) => string;
  /** False for what it cannot be. */
  readonly set: (settings: SentinelSettings, value: string) => boolean;
  readonly isCredential?: boolean;
}

function toggle(key: 'resolveHostnames' | 'announceHostnames'): Parameter {
  return {
    show: (settings) => (settings[key] ? 'yes' : 'no'),
    set(settings, value) {
      if (!/^(?:yes|no)$/i.test(value)) return false;
      settings[key] = value.toLowerCase() === 'yes';
      return true;
    },
  };
}

function label(key: 'announceIp' | 'user' | 'password'): Parameter {
  return {
    show: (settings) => settings[key],
    set(settings, value) {
      settings[key] = value;
      return true;
    },
    isCredential: key !== 'announceIp',
  };
}

const announcePort: Parameter = {
  show: ({ announcePort: port }) => String(port),
  set(settings, value) {
    const port = parseInteger(value);
    if (port === undefined || port < 0n || port > 65_535n) return false;
    settings.announcePort = Number(port);
    return true;
  },
};

const parameters: ReadonlyMap<string, Parameter> = new Map([
  ['resolve-hostnames', toggle('resolveHostnames')],
  ['announce-hostnames', toggle('announceHostnames')],
  ['announce-ip', label('announceIp')],
  ['announce-port', announcePort],
  ['sentinel-user', label('user')],
  ['sentinel-pass', label('password')],
]);

const ONLY_GET_AND_SET = new CommandError(
  'ERR Only SENTINEL CONFIG GET <option> / SET <option> <value> are supported.',
);
