import { checkedText, DirectiveError, textOrNone, type ValueType, yesNo } from './value-types.js';

/** Values that one directive alone has. */

const HOST_LENGTH = 256;

export const hostName: ValueType<string> = {
  ...checkedText((value) => {
    if (value.length >= HOST_LENGTH) return `Hostnames must be less than ${HOST_LENGTH} characters`;
    if (/[^A-Za-z0-9.-]/.test(value)) return 'Hostnames may only contain alphanumeric characters, hyphens or dots';
    return undefined;
  }),
  lines: textOrNone.lines!,
};

/** Names of what is told of the server, in braces; {{ is a brace. Something has to be left when there is no title. */
export const titleTemplate: ValueType<string> = checkedText((value) => {
  const filled = value.replace(/\{\{|\{([^}]*)\}/g, (all, name: string | undefined) => {
    if (name === undefined) return '{{';
    return TITLE_PARTS[name] ?? all;
  });
  const isWrong = /(?<!\{)\{(?!\{)/.test(filled) || filled.trim() === '';
  return isWrong ? 'template format is invalid or contains unknown variables' : undefined;
});

/** What each may stand for: nothing, or something. */
const TITLE_PARTS: Readonly<Record<string, string>> = {
  title: '',
  'listen-addr': '*:6379',
  'server-mode': '',
  port: '6379',
  'tls-port': '0',
  unixsocket: 'unix',
  'config-file': 'file',
};

/** Memory is not defragmented here, as in a redis-server without its own allocator. */
export const defragmentation: ValueType<boolean> = {
  ...yesNo,
  parse(words) {
    if (!yesNo.parse(words)) return false;
    throw new DirectiveError(
      'Active defragmentation cannot be enabled: it requires a Redis server compiled with a modified Jemalloc like the one shipped by default with the Redis source distribution',
    );
  },
};
