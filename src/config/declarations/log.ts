import { keyWithDefault } from './declaration.js';
import { oneOf, optionalDuration } from './types.js';

/** `[log]`. */
export const logKeys = {
  level: keyWithDefault(oneOf(['trace', 'debug', 'info', 'warn', 'error']), 'info', 'Least important messages to log.'),
  format: keyWithDefault(oneOf(['auto', 'json', 'pretty']), 'auto', 'auto: pretty on a terminal, JSON otherwise.'),
  slow: keyWithDefault(
    optionalDuration,
    '1s',
    'From this duration on a lookup, decision or call is logged as slow; "never" logs none. The log counts those that come close together.',
  ),
};
